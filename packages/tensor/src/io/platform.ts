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
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
  stat(): Promise<{ size: number }>;
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

/** Bytes of which parts can be read. */
export interface ByteSource {
  /** For messages. */
  readonly name: string;
  /** How many there are. */
  readonly byteLength: number;
  /** Resolves to those from `begin` to `end`; they may share memory with the source. */
  read(begin: number, end: number): Promise<Uint8Array>;
}

/** Runs `use` on a file or on bytes; a file is read part by part, and closed afterwards. */
export async function withSource<R>(
  source: string | Uint8Array,
  use: (source: ByteSource) => Promise<R>,
): Promise<R> {
  if (typeof source !== "string") {
    // A plain Uint8Array: Node's Buffer is one too, but its slice() shares memory.
    const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    const { byteLength } = bytes;
    const read = async (begin: number, end: number): Promise<Uint8Array> =>
      bytes.subarray(begin, end);
    return use({ name: `${byteLength} bytes`, byteLength, read });
  }
  const file = await fileSystem().open(source, "r");
  try {
    const { size } = await file.stat();
    const read = async (begin: number, end: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(end - begin);
      let done = 0;
      // One call reads 2 GiB at most; a file that was cut meanwhile gives less.
      while (done < bytes.length) {
        const length = Math.min(bytes.length - done, 2 ** 30);
        const { bytesRead } = await file.read(bytes, done, length, begin + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    };
    return await use({ name: source, byteLength: size, read });
  } finally {
    await file.close();
  }
}

interface ByteStream {
  readonly readable: { getReader(): { read(): Promise<{ done: boolean; value: Uint8Array }> } };
  readonly writable: {
    getWriter(): { write(bytes: Uint8Array): Promise<void>; close(): Promise<void> };
  };
}
type ByteStreamConstructor = new (format: string) => ByteStream;
interface StreamPlatform {
  readonly CompressionStream: ByteStreamConstructor;
  readonly DecompressionStream: ByteStreamConstructor;
}

/** Returns bytes deflated, by the platform's own streams. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const { CompressionStream } = globalThis as unknown as StreamPlatform;
  return through(new CompressionStream("deflate-raw"), bytes, Number.MAX_SAFE_INTEGER);
}

/** Returns deflated bytes as they were; throws a RangeError once there are more than `most`. */
export async function inflate(bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const { DecompressionStream } = globalThis as unknown as StreamPlatform;
  return through(new DecompressionStream("deflate-raw"), bytes, most);
}

async function through(stream: ByteStream, bytes: Uint8Array, most: number): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // What goes wrong in writing is told by the reader too.
  const ignore = (): undefined => undefined;
  writer.write(bytes).catch(ignore);
  writer.close().catch(ignore);
  const reader = stream.readable.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) throw new RangeError(`more than the ${most} bytes declared`);
    parts.push(value);
  }
  const result = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}

let temporaryFiles = 0;

/** Writes a file whole or not at all: under a temporary name beside it, flushed, then renamed. */
export async function writeFileAtomically(
  path: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const fs = fileSystem();
  const temporary = `${path}.${nodeProcess()!.pid}-${++temporaryFiles}.tmp`;
  try {
    const file = await fs.open(temporary, "wx");
    try {
      for (const part of parts) await file.writeFile(part);
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
