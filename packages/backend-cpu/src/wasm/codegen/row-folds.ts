import { wasmType, type FunctionCode, type Local } from "./function-code.ts";

/** Writes a fold of vectors into one value. */
interface RowFoldCode {
  start(): void;
  startBlock(): void;
  /** Takes the vectors of a round. */
  take(vectors: readonly Local[]): void;
  endBlock(): void;
  /** Takes a vector that follows the rounds; some of its lanes may have been taken before: those in the mask. */
  takeLast(value: Local, taken?: Local): void;
  /** Returns the local with the total in all lanes. */
  finish(): Local;
}

/** Bytes of the lanes of two vectors, for shuffles. */
function lanes(...numbers: readonly number[]): number[] {
  return numbers.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
}

/** Combines neighbours, then neighbours of these, until one is left. */
function inPairs(vectors: readonly Local[], combine: (a: Local, b: Local) => Local): Local {
  if (vectors.length === 1) return vectors[0]!;
  const half = vectors.length >> 1;
  return combine(inPairs(vectors.slice(0, half), combine), inPairs(vectors.slice(half), combine));
}

/** A sum: in float32 for a few additions, then in float64. */
export class Sum implements RowFoldCode {
  readonly #code: FunctionCode;
  readonly #partial: Local;
  readonly #total: Local;

  constructor(code: FunctionCode) {
    this.#code = code;
    this.#partial = code.local(wasmType.v128);
    this.#total = code.local(wasmType.v128);
  }

  start(): void {
    this.#code.set(this.#total, () => this.#code.get(this.#code.bits(0)));
  }

  startBlock(): void {
    this.#code.set(this.#partial, () => this.#code.get(this.#code.bits(0)));
  }

  take(vectors: readonly Local[]): void {
    const sum = inPairs(vectors, (a, b) => this.#code.vector("f32x4.add", a, b));
    this.#code.set(this.#partial, () => this.#code.push("f32x4.add", [this.#partial, sum]));
  }

  endBlock(): void {
    this.#addWide(this.#partial);
  }

  takeLast(value: Local, taken?: Local): void {
    this.#addWide(taken === undefined ? value : this.#code.vector("v128.andnot", value, taken));
  }

  finish(): Local {
    const code = this.#code;
    const other = code.vectorWith("i8x16.shuffle", lanes(2, 3, 0, 1), this.#total, this.#total);
    const sum = code.vector("f64x2.add", this.#total, other);
    const narrow = code.vector("f32x4.demote_f64x2_zero", sum);
    return code.vectorWith("i8x16.shuffle", lanes(0, 0, 0, 0), narrow, narrow);
  }

  #addWide(x: Local): void {
    const code = this.#code;
    const low = code.vector("f64x2.promote_low_f32x4", x);
    const upper = code.vectorWith("i8x16.shuffle", lanes(2, 3, 2, 3), x, x);
    const high = code.vector("f64x2.promote_low_f32x4", upper);
    const both = code.vector("f64x2.add", low, high);
    code.set(this.#total, () => code.push("f64x2.add", [this.#total, both]));
  }
}

/** A maximum or minimum, or both. NaN is remembered apart: an extreme that lets it through costs three times as much. */
export class Extreme implements RowFoldCode {
  readonly #code: FunctionCode;
  readonly #operator: "max" | "min";
  readonly #most: Local;
  readonly #least: Local;
  /** Lanes without NaN so far. */
  readonly #numbers: Local;
  readonly #hasBoth: boolean;

  /** @param hasBoth - whether the other extreme is wanted too */
  constructor(code: FunctionCode, operator: "max" | "min", hasBoth: boolean) {
    this.#code = code;
    this.#operator = operator;
    this.#hasBoth = hasBoth;
    this.#most = code.local(wasmType.v128);
    this.#least = code.local(wasmType.v128);
    this.#numbers = code.local(wasmType.v128);
  }

  start(): void {
    const code = this.#code;
    code.set(this.#most, () => code.get(code.float(-Infinity)));
    code.set(this.#least, () => code.get(code.float(Infinity)));
    code.set(this.#numbers, () => code.get(code.bits(0xffffffff)));
  }

  startBlock(): void {
    // Blocks are for sums.
  }

  take(vectors: readonly Local[]): void {
    const code = this.#code;
    const [lows, highs]: [Local[], Local[]] = [[], []];
    for (let v = 0; v < vectors.length; v += 2) {
      const a = vectors[v]!;
      const b = vectors[v + 1] ?? a;
      // Both leave their first operand where one is NaN, so that of these two one is NaN, and not in order.
      const low = code.vector("f32x4.pmin", a, b);
      const high = code.vector("f32x4.pmax", b, a);
      const isOrdered = code.vector("f32x4.le", low, high);
      code.set(this.#numbers, () => code.push("v128.and", [this.#numbers, isOrdered]));
      lows.push(low);
      highs.push(high);
    }
    if (this.#operator === "max" || this.#hasBoth) {
      const high = inPairs(highs, (a, b) => code.vector("f32x4.pmax", a, b));
      code.set(this.#most, () => code.push("f32x4.pmax", [this.#most, high]));
    }
    if (this.#operator === "min" || this.#hasBoth) {
      const low = inPairs(lows, (a, b) => code.vector("f32x4.pmin", a, b));
      code.set(this.#least, () => code.push("f32x4.pmin", [this.#least, low]));
    }
  }

  endBlock(): void {
    // Blocks are for sums.
  }

  takeLast(value: Local): void {
    this.take([value]);
  }

  finish(): Local {
    const code = this.#code;
    const total =
      this.#operator === "max"
        ? this.#across("f32x4.pmax", this.#most)
        : this.#across("f32x4.pmin", this.#least);
    code.push("v128.any_true", [code.vector("v128.not", this.#numbers)]);
    code.branch(() => code.set(total, () => code.get(code.float(Number.NaN))));
    return total;
  }

  /** Returns the local with the other extreme in all lanes; it ignores NaN. */
  finishOther(): Local {
    return this.#operator === "max"
      ? this.#across("f32x4.pmin", this.#least)
      : this.#across("f32x4.pmax", this.#most);
  }

  #across(pick: "f32x4.pmax" | "f32x4.pmin", four: Local): Local {
    const code = this.#code;
    const swapped = code.vectorWith("i8x16.shuffle", lanes(2, 3, 0, 1), four, four);
    const two = code.vector(pick, four, swapped);
    const neighbours = code.vectorWith("i8x16.shuffle", lanes(1, 0, 3, 2), two, two);
    return code.vector(pick, two, neighbours);
  }
}
