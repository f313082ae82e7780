import type { SampleMatrix } from "../inputs.ts";
import type { Metric } from "../neighbors/metric.ts";
import type { Pacer } from "../parallel/pacer.ts";

/** Which distance two clusters have. */
export type Linkage = "ward" | "complete" | "average" | "single";

/** A tree of merges: merge i makes cluster `samples + i` of two that were there before. */
export interface MergeTree {
  /** `[samples - 1, 2]`. */
  readonly children: Int32Array;
  /** `[samples - 1]`, rising. */
  readonly distances: Float64Array;
}

interface Merge {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

/**
 * Merges samples, two clusters at a time, the nearest first.
 *
 * Ward, complete and average: by chains of nearest neighbours over the matrix of distances (Murtagh 1983; Müllner 2011,
 * algorithm NN-CHAIN), O(n²) time and memory for n(n-1)/2 numbers. Single: by the minimum spanning tree (Prim), O(n²) time and
 * O(n) memory.
 */
export async function mergeTree(
  samples: SampleMatrix,
  linkage: Linkage,
  metric: Metric,
  pacer: Pacer,
): Promise<MergeTree> {
  const merges =
    linkage === "single"
      ? await spanningTree(samples, metric, pacer)
      : await neighborChain(samples, linkage, metric, pacer);
  merges.sort((x, y) => x.distance - y.distance);
  const { rows } = samples;
  const parents = Int32Array.from({ length: 2 * rows - 1 }, (_, i) => i);
  const children = new Int32Array(2 * merges.length);
  merges.forEach(({ a, b }, i) => {
    const [first, second] = [root(parents, a), root(parents, b)];
    children[2 * i] = Math.min(first, second);
    children[2 * i + 1] = Math.max(first, second);
    parents[first] = parents[second] = rows + i;
  });
  return { children, distances: Float64Array.from(merges, ({ distance }) => distance) };
}

/** The cluster in which a sample or cluster is by now. */
function root(parents: Int32Array, start: number): number {
  let top = start;
  while (parents[top] !== top) top = parents[top]!;
  for (let at = start; at !== top;) {
    const next = parents[at]!;
    parents[at] = top;
    at = next;
  }
  return top;
}

async function spanningTree(
  { data, rows, columns }: SampleMatrix,
  metric: Metric,
  pacer: Pacer,
): Promise<Merge[]> {
  const keys = new Float64Array(rows).fill(Infinity);
  const from = new Int32Array(rows);
  const isIn = new Uint8Array(rows);
  const merges: Merge[] = [];
  let newest = 0;
  isIn[0] = 1;
  while (merges.length < rows - 1) {
    let nearest = -1;
    for (let i = 0; i < rows; i++) {
      if (isIn[i] === 1) continue;
      const key = metric.between(data, newest, data, i, columns);
      if (key < keys[i]!) {
        keys[i] = key;
        from[i] = newest;
      }
      if (nearest < 0 || keys[i]! < keys[nearest]!) nearest = i;
    }
    isIn[nearest] = 1;
    merges.push({ a: from[nearest]!, b: nearest, distance: metric.toDistance(keys[nearest]!) });
    newest = nearest;
    await pacer.done(merges.length);
  }
  return merges;
}

async function neighborChain(
  { data, rows, columns }: SampleMatrix,
  linkage: Exclude<Linkage, "single">,
  metric: Metric,
  pacer: Pacer,
): Promise<Merge[]> {
  const distances = new Float64Array((rows * (rows - 1)) / 2);
  // Of i > j.
  const place = (i: number, j: number): number => (i * (i - 1)) / 2 + j;
  for (let i = 1, at = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const key = metric.between(data, i, data, j, columns);
      // Ward's formula is of squared distances.
      distances[at++] = linkage === "ward" ? key : metric.toDistance(key);
    }
  }
  const sizes = new Int32Array(rows).fill(1);
  const merges: Merge[] = [];
  const chain: number[] = [];
  let first = 0;
  while (merges.length < rows - 1) {
    if (chain.length === 0) {
      while (sizes[first] === 0) first++;
      chain.push(first);
    }
    const last = chain.at(-1)!;
    const before = chain.at(-2);
    // Of equally near ones the one before, so that chains end.
    let nearest = before ?? -1;
    let least =
      before === undefined
        ? Infinity
        : distances[last > before ? place(last, before) : place(before, last)]!;
    for (let j = 0; j < rows; j++) {
      if (sizes[j] === 0 || j === last) continue;
      const distance = distances[last > j ? place(last, j) : place(j, last)]!;
      if (distance < least) {
        least = distance;
        nearest = j;
      }
    }
    if (nearest !== before) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    const [a, b] = [Math.min(last, nearest), Math.max(last, nearest)];
    merges.push({ a, b, distance: linkage === "ward" ? Math.sqrt(least) : least });
    const [sizeA, sizeB] = [sizes[a]!, sizes[b]!];
    for (let j = 0; j < rows; j++) {
      const size = sizes[j]!;
      if (size === 0 || j === a || j === b) continue;
      const toA = a > j ? place(a, j) : place(j, a);
      const toB = distances[b > j ? place(b, j) : place(j, b)]!;
      const distance = distances[toA]!;
      if (linkage === "complete") distances[toA] = Math.max(distance, toB);
      else if (linkage === "average")
        distances[toA] = (sizeA * distance + sizeB * toB) / (sizeA + sizeB); // prettier-ignore
      else {
        const total = sizeA + sizeB + size;
        distances[toA] = ((sizeA + size) * distance + (sizeB + size) * toB - size * least) / total;
      }
    }
    sizes[a] = sizeA + sizeB;
    sizes[b] = 0;
    await pacer.done(merges.length);
  }
  return merges;
}

/** Returns each sample's cluster after so many merges, numbered by the clusters' first samples. */
export function cutTree({ children }: MergeTree, samples: number, merges: number): Int32Array {
  const parents = Int32Array.from({ length: samples + merges }, (_, i) => i);
  for (let i = 0; i < merges; i++) {
    parents[children[2 * i]!] = parents[children[2 * i + 1]!] = samples + i;
  }
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: samples }, (_, i) => {
    const top = root(parents, i);
    const number = numbers.get(top) ?? numbers.size;
    numbers.set(top, number);
    return number;
  });
}
