// The manifest names the shards, and says what lies in them: groups of files, each the concatenation of its weights' bytes.
import {
  isObject,
  listOf,
  malformed,
  member,
  objectOf,
  textOf,
  type Json,
  type JsonObject,
} from "./model-json.ts";

/** How a weight was made smaller: `value = stored · scale + min`; float16 is stored as such. */
export interface Quantization {
  /** As what it is stored. */
  readonly dtype: "uint8" | "uint16" | "float16";
  /** The distance of neighbouring values. */
  readonly scale: number;
  /** The value of a stored 0. */
  readonly min: number;
}

/** One weight of a manifest, checked. */
export interface WeightEntry {
  /** Its name, as `dense/kernel`. */
  readonly name: string;
  /** Its shape. */
  readonly shape: readonly number[];
  /** What its elements are. */
  readonly dtype: "float32" | "int32" | "bool" | "uint8";
  /** How they are stored, if otherwise. */
  readonly quantization: Quantization | undefined;
  /** Bytes that it takes in its group. */
  readonly byteLength: number;
  /** Whether it belongs to an optimizer, not to the model. */
  readonly isOptimizer: boolean;
}

/** Weights that lie one after another in some files. */
export interface WeightGroup {
  /** The files, within the model's folder. */
  readonly paths: readonly string[];
  /** What lies in them, in order. */
  readonly entries: readonly WeightEntry[];
  /** Bytes of all files together. */
  readonly byteLength: number;
}

const dtypes = ["float32", "int32", "bool", "uint8"] as const;
const stored = ["uint8", "uint16", "float16"] as const;
const bytesOf = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;
const maxRank = 8;
const maxSize = 2 ** 31 - 1;

/**
 * Returns the groups of a model.json's `weightsManifest`, or the one of the `weightSpecs` that a save handler is given, after
 * everything in it has been checked.
 */
export function readManifest(modelJson: JsonObject): WeightGroup[] {
  const specs = member(modelJson, "weightSpecs");
  const manifest = member(modelJson, "weightsManifest") ?? (specs && [{ weights: specs }]);
  const groups = listOf("weightsManifest", manifest).map((group, i) => {
    const place = `weightsManifest: group ${i}`;
    const object = objectOf(place, group);
    const paths = listOf(`${place}: paths`, member(object, "paths") ?? []);
    const entries = listOf(`${place}: weights`, member(object, "weights"));
    return groupOf(
      paths.map((path) => checkedPath(place, path)),
      entries.map(entryOf),
    );
  });
  checkUnique(
    "weightsManifest: paths",
    groups.flatMap(({ paths }) => paths),
  );
  checkUnique(
    "weightsManifest: weights",
    groups.flatMap(({ entries }) => entries.map((entry) => entry.name)),
  );
  return groups;
}

function groupOf(paths: readonly string[], entries: readonly WeightEntry[]): WeightGroup {
  return { paths, entries, byteLength: entries.reduce((sum, entry) => sum + entry.byteLength, 0) };
}

/** A file beside or below the model.json; written so plainly that no loader can take it for another. */
function checkedPath(place: string, value: Json): string {
  const path = textOf(`${place}: path`, value);
  // No drive, scheme, query, escape, backslash or control character.
  const isPlain = /^[\p{L}\p{N}_.+@ /-]+$/u.test(path);
  const steps = path.split("/");
  if (isPlain && steps.every((step) => step !== "" && step !== "." && step !== "..")) return path;
  throw malformed(`${place}: path`, "a file within the model's folder", path);
}

function entryOf(value: Json, i: number): WeightEntry {
  const object = objectOf(`weightsManifest: weight ${i}`, value);
  const name = textOf(`weightsManifest: weight ${i}: name`, member(object, "name"));
  const place = `weight ${JSON.stringify(name)}`;
  const dtype = dtypes.find((one) => one === member(object, "dtype"));
  if (dtype === undefined) {
    throw malformed(`${place}: dtype`, `one of ${dtypes.join(", ")}`, member(object, "dtype"));
  }
  const shape = shapeOf(place, member(object, "shape"));
  const quantization = quantizationOf(place, dtype, member(object, "quantization"));
  const byteLength = shape.reduce((n, size) => n * size, bytesOf[quantization?.dtype ?? dtype]);
  if (!Number.isSafeInteger(byteLength)) {
    throw malformed(`${place}: shape`, "a size that memory can have", shape);
  }
  const isOptimizer = member(object, "group") === "optimizer";
  return { name, shape, dtype, quantization, byteLength, isOptimizer };
}

function shapeOf(place: string, value: Json | undefined): readonly number[] {
  const shape = listOf(`${place}: shape`, value);
  const isLegal =
    shape.length <= maxRank &&
    shape.every((n) => Number.isInteger(n) && (n as number) >= 0 && (n as number) <= maxSize);
  if (isLegal) return shape as readonly number[];
  throw malformed(`${place}: shape`, `up to ${maxRank} whole numbers of 0 to ${maxSize}`, value);
}

function quantizationOf(
  place: string,
  dtype: WeightEntry["dtype"],
  value: Json | undefined,
): Quantization | undefined {
  if (value === undefined) return undefined;
  const found = isObject(value) ? stored.find((one) => one === member(value, "dtype")) : undefined;
  const fits = dtype === "float32" || (dtype === "int32" && found !== "float16");
  if (found === undefined || !fits) {
    throw malformed(
      `${place}: quantization`,
      `uint8, uint16 or float16 that ${dtype} can have`,
      value,
    );
  }
  if (found === "float16") return { dtype: found, scale: 1, min: 0 };
  const [scale, min] = ["scale", "min"].map((key) => member(value as JsonObject, key));
  if (Number.isFinite(scale) && Number.isFinite(min)) {
    return { dtype: found, scale: scale as number, min: min as number };
  }
  throw malformed(`${place}: quantization`, "numbers scale and min", value);
}

function checkUnique(place: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw malformed(place, "each once", name);
    seen.add(name);
  }
}
