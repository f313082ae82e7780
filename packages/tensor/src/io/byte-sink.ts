import { writeFileAtomically } from "./platform.ts";

/** Where bytes are written: a path (in Node), or a function that takes them. */
export type ByteSink = string | ((bytes: Uint8Array) => void | Promise<void>);

/** Writes parts one after another: to a file as they are, to a function as one piece. */
export async function writeTo(target: ByteSink, parts: readonly Uint8Array[]): Promise<void> {
  if (typeof target === "string") await writeFileAtomically(target, parts);
  else await target(joined(parts));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}
