import { random } from "@tensorloom/tensor";

/** Random numbers on the host, one after another: the same on every backend. */
export class RandomNumbers {
  readonly #values: Float32Array;
  #next = 0;

  constructor(values: Float32Array) {
    this.#values = values;
  }

  /** Returns a number spread evenly over [low, high). */
  uniform(low = 0, high = 1): number {
    return low + this.#values[this.#next++]! * (high - low);
  }

  /** Returns a normally distributed number, of two draws (Box and Muller 1958). */
  normal(mean = 0, std = 1): number {
    // 1 - u lies in (0, 1], so that the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + std * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Returns a whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Returns 0 to n - 1 in random order, of n draws (Fisher and Yates). */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i >= 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

/**
 * Resolves to `count` random numbers to draw from.
 *
 * @param seed - undefined for the global generator
 */
export async function randomNumbers(
  count: number,
  seed: number | undefined,
): Promise<RandomNumbers> {
  const values = random.uniform([count], seed === undefined ? {} : { seed });
  const data = (await values.data()) as Float32Array;
  values.dispose();
  return new RandomNumbers(data);
}
