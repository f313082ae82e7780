/** The numbers that one dispatch reads as its uniforms, collected in the order in which the shader declared them. */
export class Words {
  /** As unsigned integers. */
  readonly bits: Uint32Array;
  /** How many there are. */
  length = 0;
  readonly #floats: Float32Array;

  /** Room for the largest call. */
  constructor() {
    const buffer = new ArrayBuffer(64 * 1024);
    this.bits = new Uint32Array(buffer);
    this.#floats = new Float32Array(buffer);
  }

  /** Forgets all. */
  clear(): this {
    this.length = 0;
    return this;
  }

  /** Adds a whole number; a negative one wraps, as sums and products of u32 do. */
  integer(value: number): this {
    this.bits[this.length++] = value;
    return this;
  }

  /** Adds several. */
  integers(values: readonly number[]): this {
    for (let i = 0; i < values.length; i++) this.bits[this.length++] = values[i]!;
    return this;
  }

  /** Adds a float32. */
  float(value: number): this {
    this.#floats[this.length++] = value;
    return this;
  }
}
