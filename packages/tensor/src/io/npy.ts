// The format: a magic word, a version, the header's length, the header as a Python literal, then the elements.
// Source: NumPy's description, numpy.lib.format.
import { storedOf, type DType } from "../dtype.ts";
import { FormatError } from "../errors.ts";
import { transpose } from "../ops/views.ts";
import { tidy } from "../scope.ts";
import { fromTypedArray, type Tensor } from "../tensor.ts";
import { writeTo, type ByteSink } from "./byte-sink.ts";
import {
  elementReaders,
  loadedDType,
  readElements,
  type ElementReader,
} from "./element-readers.ts";
import { decodeText, encodeText, readFile } from "./platform.ts";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
// NumPy's own limit: a longer header is not one of an array of numbers.
const maxHeaderBytes = 10_000;
const maxRank = 32;

const descriptions: Readonly<Record<DType, string>> = {
  float32: "<f4",
  float16: "<f2",
  float64: "<f8",
  int32: "<i4",
  uint8: "|u1",
  bool: "|b1",
};

const { bf2: _, ...ofNumPy } = elementReaders;
const readers: Readonly<Record<string, ElementReader>> = ofNumPy;

/**
 * Writes a tensor in NumPy's npy format. A file is written under a temporary name and renamed.
 *
 * @param target - a path (in Node), or a function that takes the bytes
 * @param x - any tensor
 * @returns what the function returns: `(bytes) => bytes` gives the file itself; nothing for a path
 * @throws what the file system throws
 *
 * @example
 * const bytes = await saveNpy((written) => written, tensor([[1, 2]]));
 * (await loadNpy(bytes)).toString(); // => [[1, 2]]
 */
export async function saveNpy<Result = void>(target: ByteSink<Result>, x: Tensor): Promise<Result> {
  return writeTo(target, [await encodeNpy(x)]);
}

/**
 * Reads a tensor in NumPy's npy format onto the current backend.
 *
 * Integers of other widths become int32 if they fit, and float16 becomes float32 where the backend has none; objects and other
 * types are refused, and nothing is ever executed.
 *
 * @param source - a path (in Node), or the bytes
 * @throws {@link FormatError} for anything that is not such an array; what the file system throws
 *
 * @example
 * const bytes = await saveNpy((written) => written, tensor([true, false]));
 * (await loadNpy(bytes)).dtype; // => bool
 */
export async function loadNpy(source: string | Uint8Array): Promise<Tensor> {
  const bytes = typeof source === "string" ? await readFile(source) : source;
  const name = typeof source === "string" ? source : `${bytes.byteLength} bytes`;
  return decodeNpy("loadNpy", name, bytes);
}

/** Returns a tensor as the bytes of an npy file. */
export async function encodeNpy(x: Tensor): Promise<Uint8Array> {
  const shape = x.rank === 1 ? `(${x.size},)` : `(${x.shape.join(", ")})`;
  const literal = `{'descr': '${descriptions[x.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The elements begin at a multiple of 64 bytes; the header ends with a newline.
  const length = Math.ceil((10 + literal.length + 1) / 64) * 64 - 10;
  const header = encodeText(`${literal.padEnd(length - 1)}\n`);
  const data = storedOf(x.dtype, await x.data());
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([...magic, 1, 0, length & 0xff, length >> 8]);
  bytes.set(header, 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}

/** Returns the tensor in the bytes of an npy file. Sizes are checked against the bytes there before anything is made. */
export function decodeNpy(operation: string, source: string, bytes: Uint8Array): Tensor {
  const fail = (what: string): never => {
    throw new FormatError(`${operation}: ${source}: ${what}`);
  };
  if (bytes.length < 10 || !magic.every((byte, i) => bytes[i] === byte)) {
    fail("expected an npy file, got bytes that do not begin as one");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3) fail(`expected npy version 1, 2 or 3, got ${version}`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) fail("expected a header, got a truncated file");
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderBytes)
    fail(`expected a header of at most ${maxHeaderBytes} bytes, got ${length}`);
  if (start + length > bytes.length)
    fail(`expected a header of ${length} bytes, got a truncated file`);
  const { description, isFortran, shape } = parseHeader(
    bytes.subarray(start, start + length),
    fail,
  );
  const [, order, type] = /^([<>|=])([a-z]\d)$/.exec(description) ?? [];
  const reader = type !== undefined && Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (reader === undefined) {
    return fail(
      `dtype: expected one of ${Object.keys(readers).join(", ")}, got "${description}"; ` +
        'save it from NumPy with x.astype("float32")',
    );
  }
  const count = shape.reduce((product, n) => product * n, 1);
  const offset = start + length;
  if (count * reader.width !== bytes.length - offset) {
    fail(
      `expected ${count * reader.width} bytes for ${description} (${shape.join(", ")}), got ${bytes.length - offset}`,
    );
  }
  const isLittle = order !== ">";
  const data = readElements(view, offset, count, reader, isLittle, fail);
  const dtype = loadedDType(reader);
  if (!isFortran) return fromTypedArray(data as never, dtype, shape);
  return tidy(() => transpose(fromTypedArray(data as never, dtype, shape.toReversed())));
}

/** Reads the header's Python literal: exactly the three entries that the format knows, in any order. */
function parseHeader(
  bytes: Uint8Array,
  fail: (what: string) => never,
): { description: string; isFortran: boolean; shape: number[] } {
  let text = "";
  try {
    text = decodeText(bytes).trim();
  } catch {
    fail("expected a header in UTF-8");
  }
  const entry =
    /^\s*(?:'(descr)'\s*:\s*'([^']*)'|'(fortran_order)'\s*:\s*(True|False)|'(shape)'\s*:\s*\(([\d\s,]*)\))\s*(?:,|$)/;
  if (!text.startsWith("{") || !text.endsWith("}")) fail("expected the header to be a dictionary");
  let rest = text.slice(1, -1);
  const found = new Map<string, string>();
  while (rest.trim() !== "") {
    const match = entry.exec(rest);
    if (match === null) {
      return fail(
        `header: expected descr, fortran_order and shape, got ${JSON.stringify(rest.slice(0, 80))}`,
      );
    }
    const key = (match[1] ?? match[3] ?? match[5])!;
    if (found.has(key)) fail(`header: expected ${key} once`);
    found.set(key, (match[2] ?? match[4] ?? match[6])!);
    rest = rest.slice(match[0].length);
  }
  if (found.size !== 3) fail("header: expected descr, fortran_order and shape");
  const sizes = found
    .get("shape")!
    .split(",")
    .map((size) => size.trim());
  if (sizes.at(-1) === "") sizes.pop();
  const shape = sizes.map((size) => (/^\d{1,15}$/.test(size) ? Number(size) : Number.NaN));
  if (shape.length > maxRank || shape.some(Number.isNaN)) {
    fail(`shape: expected at most ${maxRank} whole numbers, got (${found.get("shape")})`);
  }
  return {
    description: found.get("descr")!,
    isFortran: found.get("fortran_order") === "True",
    shape,
  };
}
