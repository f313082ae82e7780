import type { DType } from "../dtype.ts";
import { Expression } from "./expression.ts";
import { Expr } from "./node.ts";
import type { Program } from "./program.ts";
import { substitute } from "./substitute.ts";

/** The folds that a row can be put through. */
export type RowOperator = "sum" | "max" | "min";

/** One fold of a {@link RowExpression}. */
export interface RowFold {
  /** The fold. */
  readonly operator: RowOperator;
  /** What enters it: one root. */
  readonly expression: Expression;
  /** Whether a later step reads what entered it: a backend then stores that, or computes it again. */
  readonly isKept: boolean;
}

/** A {@link RowExpression} for given dtypes. */
export interface RowPrograms {
  /** One a fold, of one output. */
  readonly folds: readonly Program[];
  /** The results that have as many elements as a row; none of them, and the program is empty. */
  readonly elements: Program;
  /** The results that have one element a row: they read totals and parameters alone. */
  readonly totals: Program;
}

/** What programs are made for. */
interface ProgramTypes {
  readonly inputs: readonly DType[];
  readonly dtype: DType;
  readonly outputs: readonly DType[];
}

/**
 * What is computed of rows: folds, one after another, and results. With `n` inputs, input `n + 2 k` of a later expression
 * is the total of fold `k`, and input `n + 2 k + 1` is what entered it.
 *
 * The softmax of `x` folds the maximum of `x`, then the sum of `exp(x - total0)`, and its result is what entered that,
 * divided by the sum.
 */
export class RowExpression {
  /** In the order in which they run. */
  readonly folds: readonly RowFold[];
  /** One expression of one root a result. */
  readonly results: readonly Expression[];
  /** For each result, whether it has one element a row. */
  readonly isTotal: readonly boolean[];
  /** How many inputs a call gives. */
  readonly inputCount: number;
  /** How many parameters a call gives. */
  readonly parameterCount: number;
  readonly #elements: Expression;
  readonly #totals: Expression;
  readonly #programs = new Map<string, RowPrograms>();
  #last: (ProgramTypes & { readonly programs: RowPrograms }) | undefined;

  /**
   * @param folds - roots of what is folded; where a later root contains one of them, it reads what entered that fold
   * @param roots - one a result
   */
  constructor(
    folds: readonly { readonly operator: RowOperator; readonly root: Expr }[],
    roots: readonly Expr[],
    inputCount: number,
    parameterCount = 0,
  ) {
    this.inputCount = inputCount;
    this.parameterCount = parameterCount;
    const entered = new Map<Expr, Expr>();
    const read = new Set<number>();
    const step = (root: Expr): Expr => {
      const [result] = substitute([root], (node) => entered.get(node)) as [Expr];
      for (const number of inputsOf(result)) read.add(number);
      return result;
    };
    const steps = folds.map(({ root }, k) => {
      const result = step(root);
      if (root.operands.length > 0) entered.set(root, Expr.input(inputCount + 2 * k + 1));
      return result;
    });
    const results = roots.map(step);
    const over = (these: readonly Expr[], foldCount: number): Expression =>
      new Expression(these, inputCount + 2 * foldCount, parameterCount);
    this.folds = folds.map(({ operator }, k) => ({
      operator,
      expression: over([steps[k]!], k),
      isKept: read.has(inputCount + 2 * k + 1),
    }));
    this.isTotal = results.map((root) => this.isOfRow(root));
    this.results = results.map((root) => over([root], folds.length));
    this.#elements = over(
      results.filter((_, r) => !this.isTotal[r]!),
      folds.length,
    );
    this.#totals = over(
      results.filter((_, r) => this.isTotal[r]!),
      folds.length,
    );
  }

  /** Tells whether an expression reads totals and numbers alone, and so is the same along a row. */
  isOfRow(root: Expr): boolean {
    const isTotal = (n: number): boolean => n >= this.inputCount && (n - this.inputCount) % 2 === 0;
    return [...inputsOf(root)].every(isTotal);
  }

  /**
   * Returns the typed, linear form for these dtypes. Cached.
   *
   * @param inputs - the inputs' dtypes
   * @param dtype - of totals, and of what enters folds
   * @param outputs - one a result
   */
  programs(inputs: readonly DType[], dtype: DType, outputs: readonly DType[]): RowPrograms {
    const last = this.#last;
    const types = { inputs, dtype, outputs };
    if (last !== undefined && areSame(last, types)) return last.programs;
    const key = `${inputs.join()} ${dtype} ${outputs.join()}`;
    let programs = this.#programs.get(key);
    if (programs === undefined) {
      const after = (foldCount: number): DType[] => [
        ...inputs,
        ...Array.from({ length: 2 * foldCount }, () => dtype),
      ];
      const all = after(this.folds.length);
      programs = {
        folds: this.folds.map(({ expression }, k) => expression.program(after(k), [dtype])),
        elements: this.#elements.program(
          all,
          outputs.filter((_, r) => !this.isTotal[r]!),
        ),
        totals: this.#totals.program(
          all,
          outputs.filter((_, r) => this.isTotal[r]!),
        ),
      };
      this.#programs.set(key, programs);
    }
    this.#last = { ...types, programs };
    return programs;
  }
}

function areSame(a: ProgramTypes, b: ProgramTypes): boolean {
  return (
    a.dtype === b.dtype &&
    a.inputs.every((dtype, i) => dtype === b.inputs[i]) &&
    a.outputs.every((dtype, i) => dtype === b.outputs[i])
  );
}

/** The numbers of the inputs that an expression reads. */
export function inputsOf(root: Expr): ReadonlySet<number> {
  const numbers = new Set<number>();
  const seen = new Set<Expr>();
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "input") numbers.add(node.value);
    node.operands.forEach(visit);
  };
  visit(root);
  return numbers;
}
