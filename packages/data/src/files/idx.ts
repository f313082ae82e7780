import { FormatError, tensor, type Tensor } from "@tensorloom/tensor";
import { bytesOf, nameOf, type FileSource } from "./byte-streams.ts";

const largestRank = 8;

/** For each type code: the elements' size, and how all of them are read. */
const readers: Readonly<
  Record<number, { readonly bytes: number; read(view: DataView, count: number): TypedNumbers }>
> = {
  0x08: { bytes: 1, read: (view, n) => Uint8Array.from({ length: n }, (_, i) => view.getUint8(i)) },
  0x09: { bytes: 1, read: (view, n) => Int32Array.from({ length: n }, (_, i) => view.getInt8(i)) },
  0x0b: {
    bytes: 2,
    read: (view, n) => Int32Array.from({ length: n }, (_, i) => view.getInt16(2 * i)),
  },
  0x0c: {
    bytes: 4,
    read: (view, n) => Int32Array.from({ length: n }, (_, i) => view.getInt32(4 * i)),
  },
  0x0d: {
    bytes: 4,
    read: (view, n) => Float32Array.from({ length: n }, (_, i) => view.getFloat32(4 * i)),
  },
  0x0e: {
    bytes: 8,
    read: (view, n) => Float64Array.from({ length: n }, (_, i) => view.getFloat64(8 * i)),
  },
};
type TypedNumbers = Uint8Array | Int32Array | Float32Array | Float64Array;

/**
 * Resolves to the tensor in an IDX file, the format of MNIST; also of one that is compressed with gzip.
 *
 * @param source - a path (Node), URL, bytes, Blob or stream
 * @returns uint8 as it is; signed bytes, shorts and ints as int32; floats; doubles as float64
 * @throws `FormatError` unless header and length agree
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database", file formats.
 *
 * @example
 * const bytes = new Uint8Array([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9]);
 * (await readIdx(bytes)).toString(); // => [[7, 8, 9]]
 */
export async function readIdx(source: FileSource): Promise<Tensor> {
  const name = nameOf(source);
  const fail = (what: string): never => {
    throw new FormatError(`readIdx: ${name}: ${what}`);
  };
  const bytes = await unzipped(bytesOf("readIdx", source), fail);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { reader, shape, count, start } = readHeader(view, fail);
  const values = reader.read(new DataView(bytes.buffer, bytes.byteOffset + start), count);
  return tensor(values, { shape });
}

interface Header {
  readonly reader: (typeof readers)[number];
  readonly shape: readonly number[];
  readonly count: number;
  readonly start: number;
}

function readHeader(view: DataView, fail: (what: string) => never): Header {
  if (view.byteLength < 4) return fail(`expected at least 4 bytes, got ${view.byteLength}`);
  const [code, rank] = [view.getUint8(2), view.getUint8(3)];
  const reader = readers[code];
  if (view.getUint16(0) !== 0 || reader === undefined) {
    return fail(
      `expected to begin with 0, 0 and a type of ${Object.keys(readers).join(", ")}, got ` +
        `${view.getUint8(0)}, ${view.getUint8(1)} and ${code}`,
    );
  }
  if (rank > largestRank) return fail(`expected at most ${largestRank} axes, got ${rank}`);
  const start = 4 + 4 * rank;
  if (view.byteLength < start) {
    return fail(`expected ${start} bytes of header, got ${view.byteLength}; the file is truncated`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((size, n) => size * n, 1);
  const expected = start + count * reader.bytes;
  if (view.byteLength !== expected) {
    return fail(`expected ${expected} bytes for [${shape.join(", ")}], got ${view.byteLength}`);
  }
  return { reader, shape, count, start };
}

// MNIST's largest file has 47 MB; what unfolds to more than this is meant to harm.
const mostBytes = 2 ** 32;

/** All bytes of a stream, decompressed if they begin as gzip does. */
async function unzipped(
  pieces: AsyncIterable<Uint8Array>,
  fail: (what: string) => never,
): Promise<Uint8Array> {
  const bytes = await joined(pieces, fail);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  try {
    return await joined(bytesOf("readIdx", stream), fail);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    return fail(`expected whole gzip data: ${(error as Error).message}`);
  }
}

async function joined(
  pieces: AsyncIterable<Uint8Array>,
  fail: (what: string) => never,
): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > mostBytes) fail(`expected at most ${mostBytes} bytes`);
    all.push(piece);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of all) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
