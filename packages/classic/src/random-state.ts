import { ArgumentError } from "@tensorloom/tensor";

// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3": Threefry-2x32 with 20 rounds.
const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
const parity = 0x1bd11bda;

/**
 * Random numbers for algorithms that draw one after another on the host: the generator behind `random` of
 * @tensorloom/tensor, counted by draws instead of by elements. The same seed gives the same numbers everywhere.
 * Draw i of `uniform` is element i of `random.uniform(shape, { seed })`.
 */
export class RandomState {
  readonly #keys: readonly [number, number, number];
  #draws = 0;

  /**
   * @param seed - a whole number in [0, 2^32)
   * @param stream - one of many independent sequences of the same seed: a tree's, a restart's; `0xffffffff`, that of
   * `random`, by default
   */
  constructor(seed: number, stream = 0xffffffff) {
    for (const word of [seed, stream]) {
      if (Number.isInteger(word) && word >= 0 && word < 2 ** 32) continue;
      throw new ArgumentError(`seed: expected a whole number in [0, 2^32), got ${word}`);
    }
    this.#keys = [seed, stream, (seed ^ stream ^ parity) >>> 0];
  }

  /** Returns 32 random bits, and as many more of the same draw. */
  #next(): [number, number] {
    const keys = this.#keys;
    let x0 = (this.#draws++ + keys[0]) | 0;
    let x1 = keys[1] | 0;
    for (let round = 0; round < 20; round++) {
      const by = rotations[round % 8]!;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << by) | (x1 >>> (32 - by))) ^ x0;
      if (round % 4 === 3) {
        const block = (round + 1) / 4;
        x0 = (x0 + keys[block % 3]!) | 0;
        x1 = (x1 + keys[(block + 1) % 3]! + block) | 0;
      }
    }
    return [x0 >>> 0, x1 >>> 0];
  }

  /** Returns a number in [0, 1): one of 2^24. */
  uniform(): number {
    return (this.#next()[0] >>> 8) * 2 ** -24;
  }

  /** Returns a number in [0, 1): one of 2^53. */
  uniform53(): number {
    const [high, low] = this.#next();
    return ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
  }

  /** Returns a whole number in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform53() * n);
  }

  /** Returns a number of the standard normal distribution (Box and Muller 1958). */
  normal(): number {
    const [u, v] = this.#next();
    return (
      Math.sqrt(-2 * Math.log((u + 1) * 2 ** -32)) * Math.cos((v >>> 8) * 2 ** -24 * 2 * Math.PI)
    );
  }

  /** Puts elements in random order, in place (Fisher and Yates, Durstenfeld 1964). */
  shuffle<A extends { [index: number]: number; readonly length: number }>(values: A): A {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
    return values;
  }

  /** Returns 0 to n - 1 in random order. */
  permutation(n: number): Int32Array {
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i));
  }
}
