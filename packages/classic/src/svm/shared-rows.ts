import type { Heap } from "../wasm/heap.ts";
import { KernelCache, swapWithin, type KernelRows } from "./kernel-cache.ts";
import { exchange } from "./kernel-samples.ts";
import type { Kernel } from "./kernel.ts";
import { svmLoops, type SvmLoops } from "./svm-loops.ts";

/** A row as the solver sees it. */
interface Spread {
  readonly row: Float32Array;
  /** Whose row it is, -1 for nobody's, and how much of it is there. */
  sample: number;
  length: number;
}

/**
 * The rows of the kernel matrix of variables several of which are of one sample, as in regression: a row is computed and held
 * once a sample, and spread over the variables when it is asked for, as LIBSVM does. Spread rows are held too where there is
 * room beside those.
 */
export class SharedRows implements KernelRows {
  readonly diagonal: Float64Array;
  readonly #heap: Heap;
  readonly #loops: SvmLoops;
  readonly #cache: KernelCache;
  readonly #samples: number;
  /** Each variable's sample. */
  readonly #sampleOf: Int32Array;
  readonly #spreads: Spread[] = [];
  /** Each sample's, which may be another's by now. */
  readonly #spreadOf: (Spread | undefined)[];
  readonly #most: number;
  #last: Spread | undefined;
  #next = 0;

  /** How many arrays it takes of a heap at most. */
  static arrays(samples: number, variables: number, bytes: number): number {
    return KernelCache.arrays(samples, bytes) + 2 + mostSpread(samples, variables, bytes);
  }

  /** How many bytes it takes of a heap at most. */
  static bytes(samples: number, columns: number, variables: number, bytes: number): number {
    const spread = 4 * variables * mostSpread(samples, variables, bytes);
    return KernelCache.bytes(samples, columns, bytes) + 12 * variables + spread;
  }

  /**
   * @param kernel - the kernel
   * @param data - `[samples, columns]`: copied
   * @param sampleOf - each variable's sample: copied
   * @param bytes - how much may be held
   * @param heap - where rows lie
   */
  constructor(
    kernel: Kernel,
    data: Float64Array,
    columns: number,
    sampleOf: Int32Array,
    bytes: number,
    heap: Heap,
  ) {
    const count = sampleOf.length;
    this.#heap = heap;
    this.#loops = svmLoops(heap);
    this.#cache = new KernelCache(kernel, data, columns, bytes, heap);
    this.#samples = data.length / columns;
    this.#sampleOf = heap.int32(count);
    this.#sampleOf.set(sampleOf);
    this.diagonal = heap.float64(count);
    sampleOf.forEach((sample, v) => (this.diagonal[v] = this.#cache.diagonal[sample]!));
    this.#spreadOf = new Array<Spread | undefined>(this.#samples).fill(undefined);
    this.#most = mostSpread(this.#samples, count, bytes);
  }

  row(i: number, length: number): Float32Array {
    const sample = this.#sampleOf[i]!;
    let own = this.#spreadOf[sample];
    if (own?.sample !== sample) own = this.#spreadOf[sample] = this.#free(sample);
    if (own.length < length) {
      this.#loops.spread(this.#cache.row(sample, this.#samples), this.#sampleOf, length, own.row);
      own.length = length;
    }
    this.#last = own;
    return own.row;
  }

  swap(pairs: readonly number[]): void {
    for (let p = 0; p < pairs.length; p += 2) {
      exchange(this.#sampleOf, pairs[p]!, pairs[p + 1]!);
      exchange(this.diagonal, pairs[p]!, pairs[p + 1]!);
    }
    for (const one of this.#spreads) one.length = swapWithin(one.row, one.length, pairs);
  }

  /** Returns room for a sample's row: new, or that of the row which came first, unless it is the one that was asked for last. */
  #free(sample: number): Spread {
    const spreads = this.#spreads;
    if (spreads.length < this.#most) {
      const made = { row: this.#heap.float32(this.#sampleOf.length), sample, length: 0 };
      spreads.push(made);
      return made;
    }
    if (spreads[this.#next] === this.#last) this.#next = (this.#next + 1) % this.#most;
    const oldest = spreads[this.#next]!;
    this.#next = (this.#next + 1) % this.#most;
    oldest.sample = sample;
    oldest.length = 0;
    return oldest;
  }
}

/** How many spread rows there is room for beside a row a sample; two are the solver's at a time. */
function mostSpread(samples: number, variables: number, bytes: number): number {
  const left = bytes - 4 * samples * samples;
  return Math.max(2, Math.min(samples, Math.floor(left / (4 * variables))));
}
