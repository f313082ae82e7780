// The format: 8 bytes of header length (little-endian), the header as JSON, then all tensors' bytes without gaps.
// Source: the safetensors format description, github.com/huggingface/safetensors.
import { bytesPerElement, storedOf, type DType } from "../dtype.ts";
import { ArgumentError, FormatError } from "../errors.ts";
import { fromTypedArray, type Tensor } from "../tensor.ts";
import { writeTo, type ByteSink } from "./byte-sink.ts";
import {
  elementReaders,
  loadedDType,
  readElements,
  type ElementReader,
} from "./element-readers.ts";
import { decodeText, encodeText, withSource, type ByteSource } from "./platform.ts";

/** What a file holds. */
export interface SafetensorsFile {
  /** The tensors by name, in an object without a prototype. */
  readonly tensors: Record<string, Tensor>;
  /** The texts saved beside them, in an object without a prototype. */
  readonly metadata: Record<string, string>;
}

const formatNames: Readonly<Record<DType, string>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  int32: "I32",
  uint8: "U8",
  bool: "BOOL",
};
const r = elementReaders;
const readers: Readonly<Record<string, ElementReader>> = {
  ...{ F64: r.f8, F32: r.f4, F16: r.f2, BF16: r.bf2, BOOL: r.b1 },
  ...{ I8: r.i1, I16: r.i2, I32: r.i4, I64: r.i8, U8: r.u1, U16: r.u2, U32: r.u4, U64: r.u8 },
};

// The reference implementation's limit, and ours on entries and axes, so that a hostile header stays cheap.
const maxHeaderBytes = 100_000_000;
const maxRank = 32;

/**
 * Writes tensors in the safetensors format. A file is written under a temporary name and renamed, so that an interrupted
 * save leaves the old file as it was.
 *
 * @param target - a path (in Node), or a function that takes the bytes
 * @param tensors - by name
 * @param metadata - texts by name
 * @returns what the function returns: `(bytes) => bytes` gives the file itself; nothing for a path
 * @throws {@link ArgumentError} for the reserved name `__metadata__`; what the file system throws
 *
 * @example
 * const bytes = await saveSafetensors((written) => written, { weight: tensor([1, 2]) }, { epoch: "3" });
 * const { tensors, metadata } = await loadSafetensors(bytes);
 * tensors.weight.toString(); // => [1, 2]
 * metadata.epoch; // => 3
 */
export async function saveSafetensors<Result = void>(
  target: ByteSink<Result>,
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return writeTo(target, await encode(tensors, metadata));
}

/**
 * Reads tensors in the safetensors format onto the current backend. Nothing is allocated before the whole header has
 * been checked. Half floats become float32 where the backend has no float16, bfloat16 float32, integers of other widths int32 if
 * they fit.
 *
 * @param source - a path (in Node), or the bytes
 * @throws {@link FormatError} for anything that the format does not allow, naming the tensor; what the file system throws
 *
 * @example
 * const empty = new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 123, 125]);
 * Object.keys((await loadSafetensors(empty)).tensors); // => []
 */
export async function loadSafetensors(source: string | Uint8Array): Promise<SafetensorsFile> {
  return withSource(source, async (file) => {
    const { entries, metadata, dataStart } = await decodeHeader(file);
    const tensors = Object.create(null) as Record<string, Tensor>;
    try {
      for (const { key, format, shape, begin, end } of entries) {
        const reader = readers[format]!;
        const bytes = await file.read(dataStart + begin, dataStart + end);
        if (bytes.length < end - begin) {
          throw new FormatError(
            `loadSafetensors: ${file.name}: tensor ${JSON.stringify(key)}: expected ${end - begin} bytes, ` +
              `got ${bytes.length}; the file was cut while it was read`,
          );
        }
        const count = bytes.length / reader.width;
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const data = readElements(view, 0, count, reader, true, (what) => {
          throw new FormatError(
            `loadSafetensors: ${file.name}: tensor ${JSON.stringify(key)}: ${what}`,
          );
        });
        tensors[key] = fromTypedArray(data as never, loadedDType(reader), shape);
      }
    } catch (error) {
      for (const tensor of Object.values(tensors)) tensor.dispose();
      throw error;
    }
    return { tensors, metadata };
  });
}

/** A tensor of a file, as its header tells. */
export interface SafetensorsEntry {
  /** Its name. */
  readonly name: string;
  /** Its type as the file names it: `F32`, `BF16`, `I64`. */
  readonly format: string;
  /** The dtype that holds it here, given a backend that has it. */
  readonly dtype: DType;
  /** Its shape. */
  readonly shape: readonly number[];
  /** How long its data is. */
  readonly byteLength: number;
}

/** What a file holds, without the data. */
export interface SafetensorsHeader {
  /** The tensors, in the header's order. */
  readonly tensors: readonly SafetensorsEntry[];
  /** The texts saved beside them, in an object without a prototype. */
  readonly metadata: Record<string, string>;
}

/**
 * Reads what a file in the safetensors format holds: its header alone, not the data.
 *
 * @param source - a path (in Node), or the bytes
 * @returns the tensors in the order of their names in the file, and the texts saved beside them
 * @throws {@link FormatError} as {@link loadSafetensors} does; what the file system throws
 *
 * @example
 * const bytes = await saveSafetensors((written) => written, { weight: zeros([2, 3]) });
 * (await inspectSafetensors(bytes)).tensors[0].shape; // => [2,3]
 */
export async function inspectSafetensors(source: string | Uint8Array): Promise<SafetensorsHeader> {
  return withSource(source, async (file) => {
    const { entries, metadata } = await decodeHeader(file);
    const tensors = entries.map(({ key, format, shape, begin, end }) => ({
      name: key,
      format,
      dtype: readers[format]!.dtype,
      shape,
      byteLength: end - begin,
    }));
    return { tensors, metadata };
  });
}

async function encode(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array[]> {
  const header = Object.create(null) as Record<string, unknown>;
  if (Object.keys(metadata).length > 0) header["__metadata__"] = metadata;
  const parts: Uint8Array[] = [];
  let position = 0;
  // Wide elements first, so that every tensor is aligned in the file.
  const names = Object.keys(tensors).toSorted(
    (a, b) => bytesPerElement(tensors[b]!.dtype) - bytesPerElement(tensors[a]!.dtype),
  );
  for (const name of names) {
    if (name === "__metadata__") {
      throw new ArgumentError(
        "saveSafetensors: tensors: expected names other than __metadata__, which the format reserves; rename it",
      );
    }
    const tensor = tensors[name]!;
    const data = storedOf(tensor.dtype, await tensor.data());
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    header[name] = {
      dtype: formatNames[tensor.dtype],
      shape: tensor.shape,
      data_offsets: [position, position + data.byteLength],
    };
    position += data.byteLength;
  }
  const json = encodeText(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const start = new Uint8Array(8 + padded).fill(0x20, 8);
  new DataView(start.buffer).setBigUint64(0, BigInt(padded), true);
  start.set(json, 8);
  return [start, ...parts];
}

interface Entry {
  readonly key: string;
  readonly format: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

async function decodeHeader(
  file: ByteSource,
): Promise<{ entries: Entry[]; metadata: Record<string, string>; dataStart: number }> {
  const fail = (what: string, cause?: unknown): never => {
    throw new FormatError(`loadSafetensors: ${file.name}: ${what}`, { cause });
  };
  if (file.byteLength < 8) {
    fail(
      `expected at least 8 bytes for the header's length, got ${file.byteLength}; the file is truncated`,
    );
  }
  const start = await file.read(0, 8);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > maxHeaderBytes)
    fail(`expected a header of at most ${maxHeaderBytes} bytes, got ${length}`);
  const dataStart = 8 + Number(length);
  if (dataStart > file.byteLength) {
    fail(
      `expected a header of ${length} bytes, got a file of ${file.byteLength} bytes; the file is truncated`,
    );
  }
  let header: unknown;
  try {
    const text = decodeText(await file.read(8, dataStart));
    if (!text.startsWith("{"))
      fail(`expected the header to start with "{", got ${JSON.stringify(text[0])}`);
    header = parseWithoutDuplicates(text);
  } catch (error) {
    if (error instanceof FormatError) throw error;
    fail(`expected the header to be JSON in UTF-8: ${(error as Error).message}`, error);
  }
  const metadata = Object.create(null) as Record<string, string>;
  const entries: Entry[] = [];
  for (const [key, value] of header as Map<string, unknown>) {
    if (key === "__metadata__") {
      if (!(value instanceof Map)) fail("__metadata__: expected an object of texts");
      for (const [name, text] of value as Map<string, unknown>) {
        if (typeof text !== "string") fail(`__metadata__: ${name}: expected a text`);
        metadata[name] = text as string;
      }
      continue;
    }
    entries.push(decodeEntry(key, value, fail));
  }
  checkCoverage(entries, file.byteLength - dataStart, fail);
  return { entries, metadata, dataStart };
}

function decodeEntry(key: string, value: unknown, fail: (what: string) => never): Entry {
  const where = `tensor ${JSON.stringify(key)}`;
  if (!(value instanceof Map)) return fail(`${where}: expected an object`);
  const fields = value as Map<string, unknown>;
  if (fields.size !== 3)
    fail(`${where}: expected dtype, shape and data_offsets, got ${[...fields.keys()].join(", ")}`);
  const format = String(fields.get("dtype"));
  if (!Object.hasOwn(readers, format)) {
    return fail(
      `${where}: dtype: expected one of ${Object.keys(readers).join(", ")}, got ${format}`,
    );
  }
  const shape = wholeNumbers(fields.get("shape"));
  const offsets = wholeNumbers(fields.get("data_offsets"));
  if (shape === undefined || shape.length > maxRank) {
    return fail(`${where}: shape: expected at most ${maxRank} whole numbers of 0 or more`);
  }
  if (offsets?.length !== 2 || offsets[1]! < offsets[0]!) {
    return fail(`${where}: data_offsets: expected two whole numbers, begin and end`);
  }
  const [begin, end] = offsets as [number, number];
  const expected = shape.reduce((size, n) => size * n, readers[format]!.width);
  if (end - begin !== expected) {
    fail(
      `${where}: expected ${expected} bytes for ${format} [${shape.join(", ")}], got ${end - begin}`,
    );
  }
  return { key, format, shape, begin, end };
}

function wholeNumbers(value: unknown): number[] | undefined {
  const isWhole = (n: unknown): boolean =>
    typeof n === "number" && Number.isSafeInteger(n) && n >= 0;
  return Array.isArray(value) && value.every(isWhole) ? value : undefined;
}

/** The tensors' ranges must follow each other without gaps or overlaps, up to the end of the file. */
function checkCoverage(
  entries: readonly Entry[],
  available: number,
  fail: (what: string) => never,
): void {
  let position = 0;
  for (const { key, begin, end } of entries.toSorted(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    const where = `tensor ${JSON.stringify(key)}`;
    if (begin !== position)
      fail(`${where}: expected its data to begin at ${position}, got ${begin}`);
    if (end > available) {
      fail(
        `${where}: expected data up to byte ${end}, got ${available} bytes; the file is truncated`,
      );
    }
    position = end;
  }
  if (position !== available) {
    fail(`expected ${position} bytes of data, got ${available}: bytes that belong to no tensor`);
  }
}

/** Parses JSON with objects as Maps: names like `__proto__` are harmless, and a duplicate name is an error. */
function parseWithoutDuplicates(text: string): unknown {
  let depth = 0;
  const keys: Set<string>[] = [];
  // JSON.parse keeps the last of equal names silently, so names are read off the text: every string before a colon.
  for (const [token, , colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*(:))?|[{}]/g)) {
    if (token === "{") keys[depth++] = new Set();
    else if (token === "}") depth--;
    else if (colon !== undefined && depth > 0) {
      const name = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string;
      const known = keys[depth - 1]!;
      if (known.has(name)) throw new FormatError(`expected each name once, got ${token} twice`);
      known.add(name);
    }
  }
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? new Map(Object.entries(value))
      : value,
  );
}
