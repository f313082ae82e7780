import { UnsupportedError } from "../errors.ts";

// The few things of the platform that files need, typed here: this package is compiled without DOM and Node types, so
// that nothing else of either can slip in.

interface TextCoders {
  TextEncoder: new () => { encode(text: string): Uint8Array };
  TextDecoder: new (
    label: string,
    options: { fatal: boolean; ignoreBOM: boolean },
  ) => { decode(bytes: Uint8Array): string };
}
const { TextEncoder, TextDecoder } = globalThis as unknown as TextCoders;

/** Returns `text` as UTF-8. */
export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Returns UTF-8 as text; throws a TypeError for malformed bytes. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

interface FileHandle {
  writeFile(data: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

interface FileSystem {
  readFile(path: string): Promise<Uint8Array>;
  open(path: string, flags: string): Promise<FileHandle>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { force: boolean }): Promise<void>;
}

interface NodeProcess {
  readonly pid: number;
  getBuiltinModule?(name: string): unknown;
}

/** Node's process; undefined in browsers. */
function nodeProcess(): NodeProcess | undefined {
  return (globalThis as { process?: NodeProcess }).process;
}

/** Node's file system; got without an import, which bundlers for browsers would follow. */
function fileSystem(): FileSystem {
  const module = nodeProcess()?.getBuiltinModule?.("node:fs/promises");
  if (module !== undefined) return module as FileSystem;
  throw new UnsupportedError(
    "files: expected Node for a path, got a platform without its file system; give bytes, or a function that takes them",
  );
}

/** Returns a file's bytes. */
export async function readFile(path: string): Promise<Uint8Array> {
  return fileSystem().readFile(path);
}

let temporaryFiles = 0;

/** Writes a file whole or not at all: under a temporary name beside it, flushed, then renamed. */
export async function writeFileAtomically(path: string, data: Uint8Array): Promise<void> {
  const fs = fileSystem();
  const temporary = `${path}.${nodeProcess()!.pid}-${++temporaryFiles}.tmp`;
  try {
    const file = await fs.open(temporary, "wx");
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
}
