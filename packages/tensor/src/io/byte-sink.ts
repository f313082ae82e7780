import { writeFileAtomically } from "./platform.ts";

/** Where bytes are written: a path (in Node), or a function that takes them, and whose result is passed on. */
export type ByteSink<Result = void> =
  string | ((bytes: Uint8Array<ArrayBuffer>) => Result | Promise<Result>);

/**
 * Writes parts one after another: to a file as they are, to a function as one piece. Resolves to what the function gives,
 * to undefined for a file.
 */
export async function writeTo<Result>(
  target: ByteSink<Result>,
  parts: readonly Uint8Array[],
): Promise<Result> {
  if (typeof target === "function") return target(joined(parts));
  await writeFileAtomically(target, parts);
  return undefined as Result;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}
