import { ArgumentError } from "@tensorloom/tensor";
import { collate, type Batched } from "./collate.ts";
import { release, retain } from "./held-tensors.ts";
import { prefetched } from "./prefetch.ts";
import { shuffled, uniformNumbers, type ShuffleOptions } from "./random-order.ts";

/** What {@link Dataset.batch} takes. */
export interface BatchOptions {
  /** Whether a last batch of fewer samples is left out; false by default. */
  readonly dropLast?: boolean;
}

/**
 * A sequence of samples that is read as it is needed, from memory, a file, or a generator; each iteration reads it anew.
 *
 * Tensors in a sample belong to the data set: they are valid until the next sample is asked for, and then freed, so that a loop over
 * a data set leaks nothing. Keep one longer with `x.add(0)` or `x.reshape(x.shape)`.
 *
 * @example
 * const data = fromArrays({ x: tensor([[1], [2], [3]]), y: tensor([0, 1, 0]) });
 * for await (const { x, y } of data.batch(2)) console.assert(x.shape[0] === y.shape[0]);
 */
export class Dataset<T> implements AsyncIterable<T> {
  readonly #open: (epoch: number) => AsyncIterable<T>;
  /** How many samples an iteration gives; undefined where nobody knows. */
  readonly size: number | undefined;
  #iterations = 0;

  /**
   * @param open - begins an iteration; `epoch` is its number, from 0
   * @param size - how many samples an iteration gives, where known
   */
  constructor(open: (epoch: number) => AsyncIterable<T>, size?: number) {
    this.#open = open;
    this.size = size;
  }

  /** Iterates over the samples; shuffled ones come in another order each time. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.epoch(this.#iterations++)[Symbol.asyncIterator]();
  }

  /**
   * Returns one iteration by number: with seeds, the same samples in the same order whenever it is asked for, so that training that
   * is resumed sees what it would have seen.
   *
   * @param number - from 0
   */
  epoch(number: number): AsyncIterable<T> {
    return this.#open(number);
  }

  /**
   * Returns a data set of `f` of each sample.
   *
   * @param f - sync or async; what it returns is given to the data set, which frees the tensors in it. Put `tidy` around what makes
   *   tensors on the way
   *
   * @example
   * await fromGenerator(() => [1, 2]).map((n) => n * 10).toArray(); // => [10,20]
   */
  map<U>(f: (sample: T, index: number) => U | Promise<U>): Dataset<U> {
    return this.#derive(async function* (samples) {
      let index = 0;
      for await (const sample of samples) {
        const mapped = await f(sample, index++);
        try {
          yield mapped;
        } finally {
          release(mapped);
        }
      }
    }, this.size);
  }

  /**
   * Returns a data set of those samples for which `isWanted` gives true.
   *
   * @param isWanted - sync or async
   *
   * @example
   * await fromGenerator(() => [1, 2, 3]).filter((n) => n !== 2).toArray(); // => [1,3]
   */
  filter(isWanted: (sample: T) => boolean | Promise<boolean>): Dataset<T> {
    return this.#derive(async function* (samples) {
      for await (const sample of samples) if (await isWanted(sample)) yield sample;
    });
  }

  /**
   * Returns the samples in random order, another in each epoch: of all of them where they can be indexed, else of a buffer.
   *
   * @param options - `seed`, `bufferSize`
   *
   * @example
   * const order = await fromGenerator(() => [1, 2, 3]).shuffle({ seed: 1 }).toArray();
   * order.toSorted(); // => [1,2,3]
   */
  shuffle(options: ShuffleOptions = {}): Dataset<T> {
    const { seed, bufferSize = 1024 } = options;
    checkCount("shuffle", "bufferSize", bufferSize, 1);
    return this.#derive(
      (samples, epoch) =>
        shuffled(samples, uniformNumbers(seed, epoch), bufferSize, retain, release),
      this.size,
    );
  }

  /**
   * Returns batches of `size` samples: tensors, numbers and arrays of numbers become one tensor with a first axis of samples, field by
   * field.
   *
   * @param size - samples a batch; the last may have fewer
   * @param options - `dropLast`
   *
   * @example
   * const batches = fromGenerator(() => [{ x: [1, 2], y: 0 }, { x: [3, 4], y: 1 }]).batch(2);
   * for await (const { x } of batches) console.assert(String(x.shape) === "2,2");
   */
  batch(size: number, options: BatchOptions = {}): Dataset<Batched<T>> {
    checkCount("batch", "size", size, 1);
    return this.#derive(
      (samples) => batched(samples, size, options.dropLast === true),
      batchCount(this.size, size, options),
    );
  }

  /**
   * Returns the first samples.
   *
   * @param count - how many at most
   *
   * @example
   * await fromGenerator(() => [1, 2, 3]).take(2).toArray(); // => [1,2]
   */
  take(count: number): Dataset<T> {
    checkCount("take", "count", count, 0);
    return this.#derive(
      async function* (samples) {
        if (count === 0) return;
        let taken = 0;
        for await (const sample of samples) {
          yield sample;
          if (++taken === count) return;
        }
      },
      this.size === undefined ? undefined : Math.min(count, this.size),
    );
  }

  /**
   * Returns all but the first samples.
   *
   * @param count - how many are left out
   *
   * @example
   * await fromGenerator(() => [1, 2, 3]).skip(2).toArray(); // => [3]
   */
  skip(count: number): Dataset<T> {
    checkCount("skip", "count", count, 0);
    return this.#derive(
      async function* (samples) {
        let seen = 0;
        for await (const sample of samples) if (seen++ >= count) yield sample;
      },
      this.size === undefined ? undefined : Math.max(0, this.size - count),
    );
  }

  /**
   * Returns the same samples, fetched ahead while the consumer works: put it last, so that reading files overlaps training.
   *
   * @param count - how many are held at most; 2 by default
   *
   * @example
   * await fromGenerator(() => [1, 2, 3]).prefetch().toArray(); // => [1,2,3]
   */
  prefetch(count = 2): Dataset<T> {
    checkCount("prefetch", "count", count, 1);
    return this.#derive((samples) => prefetched(samples, count), this.size);
  }

  /** Resolves to all samples; their tensors are the caller's. */
  async toArray(): Promise<T[]> {
    const samples: T[] = [];
    for await (const sample of this) samples.push(retain(sample));
    return samples;
  }

  #derive<U>(
    transform: (samples: AsyncIterable<T>, epoch: number) => AsyncIterable<U>,
    size?: number,
  ): Dataset<U> {
    return new Dataset((epoch) => transform(this.epoch(epoch), epoch), size);
  }
}

/** How many batches `count` samples make. */
export function batchCount(
  count: number | undefined,
  size: number,
  { dropLast = false }: BatchOptions,
): number | undefined {
  if (count === undefined) return undefined;
  return dropLast ? Math.floor(count / size) : Math.ceil(count / size);
}

/** Throws `ArgumentError` unless `value` is a whole number of at least `least`. */
export function checkCount(operation: string, name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ArgumentError(
    `${operation}: ${name}: expected a whole number of ${least} or more, got ${value}`,
  );
}

async function* batched<T>(
  samples: AsyncIterable<T>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<Batched<T>> {
  const held: T[] = [];
  const give = function* (): Generator<Batched<T>> {
    const batch = collate(held);
    held.forEach(release);
    held.length = 0;
    try {
      yield batch;
    } finally {
      release(batch);
    }
  };
  try {
    for await (const sample of samples) {
      held.push(retain(sample));
      if (held.length === size) yield* give();
    }
    if (held.length > 0 && !dropLast) yield* give();
  } finally {
    held.forEach(release);
  }
}
