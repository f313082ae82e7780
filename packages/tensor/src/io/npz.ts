import type { Tensor } from "../tensor.ts";
import { writeTo, type ByteSink } from "./byte-sink.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import { readFile } from "./platform.ts";
import { refusal, unzip, zip } from "./zip.ts";

const defaultMaxBytes = 2 ** 32;

/**
 * Writes tensors in NumPy's npz format: a zip archive of npy files. A file is written under a temporary name and renamed.
 *
 * @param target - a path (in Node), or a function that takes the bytes
 * @param tensors - by name
 * @param options - `compress`: whether members are deflated; false by default
 * @returns what the function returns: `(bytes) => bytes` gives the file itself; nothing for a path
 * @throws what the file system throws
 *
 * @example
 * const bytes = await saveNpz((written) => written, { x: tensor([1, 2]) }, { compress: true });
 * (await loadNpz(bytes)).x.toString(); // => [1, 2]
 */
export async function saveNpz<Result = void>(
  target: ByteSink<Result>,
  tensors: Readonly<Record<string, Tensor>>,
  options: { readonly compress?: boolean } = {},
): Promise<Result> {
  const members = await Promise.all(
    Object.entries(tensors).map(async ([name, x]) => ({
      name: `${name}.npy`,
      bytes: await encodeNpy(x),
    })),
  );
  return writeTo(target, await zip(members, options.compress === true));
}

/**
 * Reads tensors in NumPy's npz format onto the current backend.
 *
 * @param source - a path (in Node), or the bytes
 * @param options - `maxBytes`: what all members may unpack to; 4 GiB by default
 * @returns the tensors by name, in an object without a prototype
 * @throws {@link FormatError} for anything that is not such an archive; what the file system throws
 *
 * @example
 * const bytes = await saveNpz((written) => written, { x: tensor([1]), y: tensor([2]) });
 * Object.keys(await loadNpz(bytes)); // => ["x","y"]
 */
export async function loadNpz(
  source: string | Uint8Array,
  options: { readonly maxBytes?: number } = {},
): Promise<Record<string, Tensor>> {
  const bytes = typeof source === "string" ? await readFile(source) : source;
  const name = typeof source === "string" ? source : `${bytes.byteLength} bytes`;
  const fail = refusal("loadNpz", name);
  const members = await unzip(bytes, options.maxBytes ?? defaultMaxBytes, fail);
  const tensors = Object.create(null) as Record<string, Tensor>;
  try {
    for (const member of members) {
      const key = member.name.replace(/\.npy$/, "");
      tensors[key] = decodeNpy("loadNpz", `${name}: ${member.name}`, member.bytes);
    }
  } catch (error) {
    for (const tensor of Object.values(tensors)) tensor.dispose();
    throw error;
  }
  return tensors;
}
