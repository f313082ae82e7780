import { ArgumentError, FormatError, UnsupportedError } from "@tensorloom/tensor";

/** Where files come from: a path (Node), a URL, bytes, a Blob or File, or a stream of bytes. */
export type FileSource =
  string | URL | Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Yields the bytes of `source` in pieces. */
export async function* bytesOf(operation: string, source: FileSource): AsyncGenerator<Uint8Array> {
  if (source instanceof Uint8Array) {
    yield source;
  } else if (source instanceof Blob) {
    yield* piecesOf(source.stream());
  } else if (source instanceof URL || (typeof source === "string" && isUrl(source))) {
    const response = await fetch(source);
    if (!response.ok || response.body === null) {
      throw new FormatError(
        `${operation}: ${String(source)}: expected a file, got status ${response.status}`,
      );
    }
    yield* piecesOf(response.body);
  } else if (typeof source === "string") {
    yield* nodeModule<NodeFiles>(operation, "node:fs").createReadStream(source);
  } else if ("getReader" in source) {
    yield* piecesOf(source);
  } else if (Symbol.asyncIterator in source) {
    yield* source;
  } else {
    throw new ArgumentError(
      `${operation}: source: expected a path, URL, bytes, Blob or stream, got ${typeof source}`,
    );
  }
}

/** Returns what messages call `source`. */
export function nameOf(source: FileSource): string {
  if (typeof source === "string" || source instanceof URL) return String(source);
  return "name" in source && typeof source.name === "string" ? source.name : "the data";
}

/** Returns a module of Node, got without an import, which bundlers for browsers would follow. */
export function nodeModule<T>(operation: string, name: string): T {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const module = process?.getBuiltinModule?.(name);
  if (module !== undefined) return module as T;
  throw new UnsupportedError(
    `${operation}: expected Node for a path, got a platform without its file system; give a URL, bytes or a Blob`,
  );
}

interface NodeFiles {
  createReadStream(path: string): AsyncIterable<Uint8Array>;
}

function isUrl(text: string): boolean {
  return /^(https?|data|blob):/i.test(text);
}

// Not every browser lets `for await` read a stream.
async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
