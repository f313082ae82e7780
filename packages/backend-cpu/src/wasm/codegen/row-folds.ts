import type { RowOperator } from "@tensorloom/tensor/backend";
import { wasmType, type FunctionCode, type Local } from "./function-code.ts";

/** Writes a fold of vectors into one value. */
interface RowFoldCode {
  start(): void;
  startBlock(): void;
  /** Takes the vector that is the `v`th of a round. */
  take(value: Local, v: number): void;
  endBlock(): void;
  /** Takes a vector of which some lanes have been taken before: those in the mask. */
  takeLast(value: Local, taken: Local): void;
  /** Returns the local with the total in all lanes. */
  finish(): Local;
}

/** Bytes of the lanes of two vectors, for shuffles. */
function lanes(...numbers: readonly number[]): number[] {
  return numbers.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
}

/** A sum: in float32 for a few additions, each vector of a round on its own, then in float64. */
export class Sum implements RowFoldCode {
  readonly #code: FunctionCode;
  readonly #partial: readonly Local[];
  readonly #total: Local;

  constructor(code: FunctionCode, width: number) {
    this.#code = code;
    this.#partial = Array.from({ length: width }, () => code.local(wasmType.v128));
    this.#total = code.local(wasmType.v128);
  }

  start(): void {
    this.#code.set(this.#total, () => this.#code.get(this.#code.bits(0)));
  }

  startBlock(): void {
    for (const partial of this.#partial) {
      this.#code.set(partial, () => this.#code.get(this.#code.bits(0)));
    }
  }

  take(value: Local, v: number): void {
    const partial = this.#partial[v]!;
    this.#code.set(partial, () => this.#code.push("f32x4.add", [partial, value]));
  }

  endBlock(): void {
    for (const partial of this.#partial) this.#addWide(partial);
  }

  takeLast(value: Local, taken: Local): void {
    this.#addWide(this.#code.vector("v128.andnot", value, taken));
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

/** A maximum or minimum. NaN is remembered apart: an extreme that lets it through by itself costs three times as much. */
export class Extreme implements RowFoldCode {
  readonly #code: FunctionCode;
  readonly #operator: "max" | "min";
  readonly #best: readonly Local[];
  readonly #nan: Local;

  constructor(code: FunctionCode, operator: Exclude<RowOperator, "sum">, width: number) {
    this.#code = code;
    this.#operator = operator;
    this.#best = Array.from({ length: width }, () => code.local(wasmType.v128));
    this.#nan = code.local(wasmType.v128);
  }

  start(): void {
    const code = this.#code;
    const worst = code.float(this.#operator === "max" ? -Infinity : Infinity);
    for (const best of this.#best) code.set(best, () => code.get(worst));
    code.set(this.#nan, () => code.get(code.bits(0)));
  }

  startBlock(): void {
    // Blocks are for sums.
  }

  take(value: Local, v: number): void {
    const code = this.#code;
    const best = this.#best[v]!;
    // A comparison with NaN is false, and leaves the best that there is.
    code.set(best, () => this.#push(best, value));
    const isNaN = code.vector("f32x4.ne", value, value);
    code.set(this.#nan, () => code.push("v128.or", [this.#nan, isNaN]));
  }

  endBlock(): void {
    // Blocks are for sums.
  }

  takeLast(value: Local): void {
    this.take(value, 0);
  }

  finish(): Local {
    const code = this.#code;
    const pick = (a: Local, b: Local): Local =>
      code.set(code.local(wasmType.v128), () => this.#push(a, b));
    const four = this.#best.reduce(pick);
    const two = pick(four, code.vectorWith("i8x16.shuffle", lanes(2, 3, 0, 1), four, four));
    const one = pick(two, code.vectorWith("i8x16.shuffle", lanes(1, 0, 3, 2), two, two));
    code.push("v128.any_true", [this.#nan]);
    code.branch(() => code.set(one, () => code.get(code.float(Number.NaN))));
    return one;
  }

  #push(a: Local, b: Local): void {
    this.#code.push(this.#operator === "max" ? "f32x4.pmax" : "f32x4.pmin", [a, b]);
  }
}
