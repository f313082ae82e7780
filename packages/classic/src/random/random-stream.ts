/**
 * A stream of random numbers that depends on a seed and the stream's number alone, so that parts of a computation can be
 * given streams of their own, whichever thread computes them.
 *
 * The generator is the tensor package's: Threefry-2x32 with 20 rounds, over a counter (Salmon et al. 2011).
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  #counter = 0;
  #spare = 0;
  #hasSpare = false;

  /**
   * @param seed - the computation's seed, a whole number
   * @param stream - the stream's number
   */
  constructor(seed: number, stream = 0) {
    this.#key0 = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
    this.#key1 = stream | 0;
  }

  /** Returns the next 32 random bits, as an unsigned number. */
  bits(): number {
    if (this.#hasSpare) {
      this.#hasSpare = false;
      return this.#spare;
    }
    const [key0, key1] = [this.#key0, this.#key1];
    const key2 = key0 ^ key1 ^ 0x1bd11bda;
    let a = (this.#counter + key0) | 0;
    let b = (Math.floor(this.#counter++ / 2 ** 32) + key1) | 0;
    let [first, second, third] = [key1, key2, key0];
    for (let group = 0; group < 5; group++) {
      const isEven = (group & 1) === 0;
      a = (a + b) | 0;
      b = rotated(b, isEven ? 13 : 17) ^ a;
      a = (a + b) | 0;
      b = rotated(b, isEven ? 15 : 29) ^ a;
      a = (a + b) | 0;
      b = rotated(b, isEven ? 26 : 16) ^ a;
      a = (a + b) | 0;
      b = rotated(b, isEven ? 6 : 24) ^ a;
      a = (a + first) | 0;
      b = (b + second + group + 1) | 0;
      const held = first;
      first = second;
      second = third;
      third = held;
    }
    this.#spare = b >>> 0;
    this.#hasSpare = true;
    return a >>> 0;
  }

  /** Returns a number in [0, 1), of 53 random bits. */
  uniform(): number {
    const high = this.bits() >>> 5;
    return (high * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** Returns a whole number in [0, count). */
  below(count: number): number {
    return Math.floor((this.bits() / 2 ** 32) * count);
  }

  /** Returns a standard normal number (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Shuffles the first `count` of `array` (Fisher and Yates). */
  shuffle(array: Int32Array | Uint32Array | number[], count: number = array.length): void {
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = array[i]!;
      array[i] = array[j]!;
      array[j] = held;
    }
  }
}

function rotated(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
