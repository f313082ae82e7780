import { random } from "@tensorloom/tensor";

/** What shuffling takes. */
export interface ShuffleOptions {
  /** The seed: every epoch's order follows from it and the epoch's number. The global generator by default. */
  readonly seed?: number;
  /** How many samples of a stream are held to choose from; 1024 by default. What can be indexed is shuffled whole. */
  readonly bufferSize?: number;
}

/** The options of a random call whose numbers follow from a seed and one number more, or from the global generator. */
export function seedFor(seed: number | undefined, number: number): { readonly seed?: number } {
  // Weyl's sequence by the golden ratio: neighbouring seeds and numbers do not meet.
  return seed === undefined ? {} : { seed: (seed + Math.imul(number, 0x9e3779b1)) >>> 0 };
}

const blockSize = 1024;

/** Yields numbers in [0, 1) without end. */
export async function* uniformNumbers(
  seed: number | undefined,
  epoch: number,
): AsyncGenerator<number, never> {
  for (let block = 0; ; block++) {
    const values = random.uniform([blockSize], seedFor(seedFor(seed, epoch).seed, block));
    const numbers = await values.data();
    values.dispose();
    yield* numbers as Float32Array;
  }
}

/** Yields the samples of a stream in random order: each leaves a buffer of `bufferSize` by chance. */
export async function* shuffled<T>(
  samples: AsyncIterable<T>,
  numbers: AsyncGenerator<number, never>,
  bufferSize: number,
  retain: (sample: T) => T,
  release: (sample: T) => void,
): AsyncGenerator<T> {
  const held: T[] = [];
  /** Takes one out by chance; the last takes its place. */
  const draw = async (): Promise<T> => {
    const place = Math.floor((await numbers.next()).value * held.length);
    const chosen = held[place]!;
    const last = held.pop()!;
    if (place < held.length) held[place] = last;
    return chosen;
  };
  const give = async function* (): AsyncGenerator<T> {
    const sample = await draw();
    try {
      yield sample;
    } finally {
      release(sample);
    }
  };
  try {
    for await (const sample of samples) {
      held.push(retain(sample));
      if (held.length === bufferSize) yield* give();
    }
    while (held.length > 0) yield* give();
  } finally {
    held.forEach(release);
  }
}
