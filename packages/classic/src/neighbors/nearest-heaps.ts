/**
 * The nearest samples found so far of each of several queries: a heap a query, its farthest sample on top, so that a new
 * sample costs one comparison unless it is nearer. Of equally near samples the one with the smaller number is nearer.
 */
export class NearestHeaps {
  /** `[queries, k]`: numbers that order as distances do, Infinity where none was found. */
  readonly keys: Float64Array;
  /** `[queries, k]`: the samples' numbers, -1 where none was found. */
  readonly indices: Int32Array;
  /** How many are kept of each query. */
  readonly k: number;

  /**
   * @param queries - how many queries
   * @param k - how many samples are kept of each
   */
  constructor(queries: number, k: number) {
    this.k = k;
    this.keys = new Float64Array(queries * k).fill(Infinity);
    this.indices = new Int32Array(queries * k).fill(-1);
  }

  /** Returns the key that a sample must have to be kept, at most. */
  worst(query: number): number {
    return this.keys[query * this.k]!;
  }

  /** Keeps a sample if it is nearer than the farthest that is kept. */
  offer(query: number, key: number, index: number): void {
    const { keys, indices, k } = this;
    const base = query * k;
    if (!isNearer(key, index, keys[base]!, indices[base]!)) return;
    siftDown(keys, indices, base, k, key, index);
  }

  /** Forgets all samples; heaps that were sorted can be offered to again. */
  clear(): void {
    this.keys.fill(Infinity);
    this.indices.fill(-1);
  }

  /** Puts each query's samples in order, nearest first. The heaps cannot be offered to after. */
  sort(): void {
    const { keys, indices, k } = this;
    for (let base = 0; base < keys.length; base += k) {
      for (let end = k - 1; end > 0; end--) {
        const [key, index] = [keys[base + end]!, indices[base + end]!];
        keys[base + end] = keys[base]!;
        indices[base + end] = indices[base]!;
        siftDown(keys, indices, base, end, key, index);
      }
    }
  }
}

/** Whether the first is nearer; none at all, -1, is the farthest. */
function isNearer(key: number, index: number, otherKey: number, other: number): boolean {
  return key < otherKey || (key === otherKey && (other < 0 || index < other));
}

/** Puts a sample in the place of the top, and down to where it belongs. */
function siftDown(
  keys: Float64Array,
  indices: Int32Array,
  base: number,
  size: number,
  key: number,
  index: number,
): void {
  let at = 0;
  for (let child = 1; child < size; child = 2 * at + 1) {
    const right = child + 1;
    if (
      right < size &&
      isNearer(keys[base + child]!, indices[base + child]!, keys[base + right]!, indices[base + right]!) // prettier-ignore
    ) {
      child = right;
    }
    if (!isNearer(key, index, keys[base + child]!, indices[base + child]!)) break;
    keys[base + at] = keys[base + child]!;
    indices[base + at] = indices[base + child]!;
    at = child;
  }
  keys[base + at] = key;
  indices[base + at] = index;
}
