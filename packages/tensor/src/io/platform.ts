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

/** Node's file system, loaded when a path is used: browsers never come here. */
async function fileSystem(): Promise<FileSystem> {
  const name = "node:fs/promises";
  return (await import(/* @vite-ignore */ name)) as FileSystem;
}

/** Returns a file's bytes. */
export async function readFile(path: string): Promise<Uint8Array> {
  return (await fileSystem()).readFile(path);
}

let temporaryFiles = 0;

/** Writes a file whole or not at all: under a temporary name beside it, flushed, then renamed. */
export async function writeFileAtomically(path: string, data: Uint8Array): Promise<void> {
  const fs = await fileSystem();
  const { pid } = (globalThis as unknown as { process: { pid: number } }).process;
  const temporary = `${path}.${pid}-${++temporaryFiles}.tmp`;
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
