import { wasmType, type FunctionCode, type Local } from "./function-code.ts";

/** Vectors that a round computes. */
export const roundVectors = 4;

/** Rounds of vectors, in blocks of at most so many rounds. */
interface Rounds {
  readonly perBlock: number;
  readonly round: () => void;
  readonly startBlock?: () => void;
  readonly endBlock?: () => void;
}

/** Writes loops over the vectors of a row. */
export class RowLoop {
  readonly #code: FunctionCode;
  readonly #length: Local;
  /** The current element of the row, and four times that. */
  readonly #at: Local;
  readonly #atBytes: Local;
  /** The last place where a vector begins. */
  readonly #last: Local;

  /** @param length - how many elements a row has, at least four */
  constructor(code: FunctionCode, length: Local) {
    this.#code = code;
    this.#length = length;
    this.#at = code.local(wasmType.i32);
    this.#atBytes = code.local(wasmType.i32);
    this.#last = code.local(wasmType.i32);
  }

  /** Computes what is the same in all loops: to be written before them. */
  prepare(): void {
    this.#code.set(this.#last, () => this.#code.combine("i32Sub", this.#length, 4));
  }

  /** Returns the local with the address of the current element in a row that begins at `row`. */
  address(row: Local): Local {
    return this.#code.set(this.#code.local(wasmType.i32), () => {
      this.#code.get(row);
      this.#code.get(this.#atBytes);
      this.#code.scalar("i32Add");
    });
  }

  /** Runs rounds from the row's beginning for as long as there are whole ones. */
  rounds({ perBlock, startBlock, round, endBlock }: Rounds): void {
    const code = this.#code;
    const stride = 4 * roundVectors;
    code.set(this.#at, () => code.integer(0));
    const wide = code.local(wasmType.i32);
    const stop = code.local(wasmType.i32);
    code.set(wide, () => code.combine("i32Sub", this.#length, stride));
    this.#greaterOrEqual(wide, this.#at);
    code.branch(() => {
      code.doWhile(() => {
        startBlock?.();
        code.set(stop, () => code.combine("i32Add", this.#at, (perBlock - 1) * stride));
        code.set(stop, () => {
          code.get(wide);
          code.get(stop);
          this.#greaterOrEqual(stop, wide);
          code.scalar("select");
        });
        code.doWhile(() => {
          this.#setBytes();
          round();
          code.set(this.#at, () => code.combine("i32Add", this.#at, stride));
          this.#greaterOrEqual(stop, this.#at);
        });
        endBlock?.();
        this.#greaterOrEqual(wide, this.#at);
      });
    });
  }

  /**
   * Runs `vector` for each vector that is left. Where the length is no multiple of four a last one covers the row's last four
   * elements: it is told which of them the one before it has had.
   */
  rest(vector: (overlap?: Local) => void): void {
    const code = this.#code;
    this.#greaterOrEqual(this.#last, this.#at);
    code.branch(() => {
      code.doWhile(() => {
        this.#setBytes();
        vector();
        code.set(this.#at, () => code.combine("i32Add", this.#at, 4));
        this.#greaterOrEqual(this.#last, this.#at);
      });
    });
    this.#greater(this.#length, this.#at);
    code.branch(() => {
      const shared = code.local(wasmType.i32);
      code.set(shared, () => {
        code.get(this.#at);
        code.get(this.#last);
        code.scalar("i32Sub");
      });
      code.set(this.#at, () => code.get(this.#last));
      const lanes = code.integers([0, 1, 2, 3]);
      const overlap = code.vector("i32x4.lt_s", lanes, code.vector("i32x4.splat", shared));
      this.#setBytes();
      vector(overlap);
    });
  }

  #setBytes(): void {
    this.#code.set(this.#atBytes, () => this.#code.combine("i32Shl", this.#at, 2));
  }

  #greater(a: Local, b: Local): void {
    this.#code.get(a);
    this.#code.get(b);
    this.#code.scalar("i32GreaterS");
  }

  #greaterOrEqual(a: Local, b: Local): void {
    this.#code.get(a);
    this.#code.get(b);
    this.#code.scalar("i32GreaterOrEqualS");
  }
}
