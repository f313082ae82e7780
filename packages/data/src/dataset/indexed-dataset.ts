import { random } from "@tensorloom/tensor";
import type { Batched } from "./collate.ts";
import { batchCount, checkCount, Dataset, type BatchOptions } from "./dataset.ts";
import { release } from "./held-tensors.ts";
import { seedFor, type ShuffleOptions } from "./random-order.ts";

/** Samples that can be had in any order. */
export interface IndexedSource<T> {
  /** How many there are. */
  readonly count: number;
  /** Returns one, with tensors that the caller frees. */
  sample(index: number): T | Promise<T>;
  /** Returns several as one batch, faster than one by one; absent where there is no such way. */
  batch?(indices: Range | Int32Array): Batched<T>;
}

/** Neighbouring samples. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** A data set of what can be had in any order: it is shuffled whole, and batches of neighbours need no copy. */
export class IndexedDataset<T> extends Dataset<T> {
  readonly #source: IndexedSource<T>;
  readonly #order: Order;

  /**
   * @param source - where samples come from
   * @param order - which ones, in which order; all, as they lie, by default
   */
  constructor(source: IndexedSource<T>, order: Order = asTheyLie(0, source.count)) {
    super((epoch) => samplesOf(source, order, epoch), order.count);
    this.#source = source;
    this.#order = order;
  }

  override shuffle({ seed }: ShuffleOptions = {}): Dataset<T> {
    const before = this.#order;
    return new IndexedDataset(this.#source, {
      count: before.count,
      async indices(epoch) {
        const permutation = random.permutation(before.count, seedFor(seed, epoch));
        const places = await permutation.data();
        permutation.dispose();
        const inner = await before.indices(epoch);
        return inner instanceof Int32Array
          ? places.map((place) => inner[place]!)
          : places.map((place) => inner.begin + place);
      },
    });
  }

  override take(count: number): Dataset<T> {
    checkCount("take", "count", count, 0);
    return this.#part(0, Math.min(count, this.#order.count));
  }

  override skip(count: number): Dataset<T> {
    checkCount("skip", "count", count, 0);
    return this.#part(Math.min(count, this.#order.count), this.#order.count);
  }

  override batch(size: number, options: BatchOptions = {}): Dataset<Batched<T>> {
    if (this.#source.batch === undefined) return super.batch(size, options);
    checkCount("batch", "size", size, 1);
    const [source, order] = [this.#source, this.#order];
    const count = batchCount(order.count, size, options)!;
    return new Dataset(async function* (epoch) {
      const indices = await order.indices(epoch);
      for (let b = 0; b < count; b++) {
        const batch = source.batch!(part(indices, b * size, Math.min(order.count, (b + 1) * size)));
        try {
          yield batch;
        } finally {
          release(batch);
        }
      }
    }, count);
  }

  #part(begin: number, end: number): Dataset<T> {
    const before = this.#order;
    return new IndexedDataset(this.#source, {
      count: end - begin,
      indices: async (epoch) => part(await before.indices(epoch), begin, end),
    });
  }
}

/** Which samples an epoch gives, and in which order. */
interface Order {
  readonly count: number;
  indices(epoch: number): Promise<Range | Int32Array>;
}

function asTheyLie(begin: number, end: number): Order {
  return { count: end - begin, indices: async () => ({ begin, end }) };
}

function part(indices: Range | Int32Array, begin: number, end: number): Range | Int32Array {
  return indices instanceof Int32Array
    ? indices.subarray(begin, end)
    : { begin: indices.begin + begin, end: indices.begin + end };
}

async function* samplesOf<T>(
  source: IndexedSource<T>,
  order: Order,
  epoch: number,
): AsyncGenerator<T> {
  const indices = await order.indices(epoch);
  for (let i = 0; i < order.count; i++) {
    const index = indices instanceof Int32Array ? indices[i]! : indices.begin + i;
    const sample = await source.sample(index);
    try {
      yield sample;
    } finally {
      release(sample);
    }
  }
}
