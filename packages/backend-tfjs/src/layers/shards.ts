import { ArgumentError, FormatError } from "@tensorloom/tensor";
import type { WeightGroup } from "./weights-manifest.ts";

/** Bytes in memory. */
export type WeightBytes = ArrayBuffer | Uint8Array;

/**
 * Where weights come from: the shards in the manifest's order, or all of them in one; or a function that loads one by its
 * path, which lies within the model's folder.
 */
export type WeightSource =
  WeightBytes | readonly WeightBytes[] | ((path: string) => Promise<WeightBytes>);

/** Returns each group's bytes, after their sizes have been found to be what the manifest says. */
export async function bytesOfGroups(
  groups: readonly WeightGroup[],
  source: WeightSource,
): Promise<Uint8Array[]> {
  if (typeof source === "function") {
    const loaded: Uint8Array[] = [];
    for (const { paths, byteLength } of groups) {
      const shards: Uint8Array[] = [];
      for (const path of paths) shards.push(asBytes(await source(path), path));
      loaded.push(joined(shards, byteLength, paths.join(", ")));
    }
    return loaded;
  }
  const given = (Array.isArray(source) ? source : [source]) as readonly WeightBytes[];
  const shards = given.map((one, i) => asBytes(one, `shard ${i}`));
  const files = groups.reduce((sum, { paths }) => sum + paths.length, 0);
  if (shards.length === files && shards.length > 1) {
    let next = 0;
    return groups.map(({ paths, byteLength }) =>
      joined(shards.slice(next, (next += paths.length)), byteLength, paths.join(", ")),
    );
  }
  const total = groups.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const all = joined(shards, total, "weights");
  let offset = 0;
  return groups.map(({ byteLength }) => all.subarray(offset, (offset += byteLength)));
}

function asBytes(value: unknown, place: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw new ArgumentError(
    `fromTfjsLayers: weights: ${place}: expected an ArrayBuffer or a Uint8Array, got ${typeof value}`,
  );
}

function joined(shards: readonly Uint8Array[], byteLength: number, place: string): Uint8Array {
  const found = shards.reduce((sum, shard) => sum + shard.byteLength, 0);
  if (found !== byteLength) {
    throw new FormatError(
      `fromTfjsLayers: weights: ${place}: expected ${byteLength} bytes, as the manifest says, got ${found}`,
    );
  }
  if (shards.length === 1) return shards[0]!;
  const all = new Uint8Array(byteLength);
  let offset = 0;
  for (const shard of shards) {
    all.set(shard, offset);
    offset += shard.byteLength;
  }
  return all;
}
