import type { DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { Expr } from "./node.ts";
import { inferDType, lower, type Program } from "./program.ts";

/**
 * A kernel for `map`: one or more root expressions over numbered inputs and parameters.
 *
 * Two expressions of equal structure have equal keys, so a backend's kernel cache can use either
 * {@link Expression.key} or the {@link Program} objects, which are made once for each combination of dtypes.
 */
export class Expression {
  /** One root an output. */
  readonly roots: readonly Expr[];
  /** How many inputs a call must give. */
  readonly inputCount: number;
  /** How many scalar parameters a call must give. */
  readonly parameterCount: number;
  readonly #programs = new Map<string, Program>();
  #last: Lowered | undefined;
  #inferred: { readonly inputs: readonly DType[]; readonly dtype: DType } | undefined;
  #key: string | undefined;

  /**
   * @param roots - one an output
   * @param inputCount - how many inputs a call gives, used or not
   * @param parameterCount - how many parameters a call gives, used or not
   */
  constructor(roots: readonly Expr[], inputCount: number, parameterCount = 0) {
    this.roots = roots;
    this.inputCount = inputCount;
    this.parameterCount = parameterCount;
  }

  /** Returns a text that is equal for, and only for, expressions of equal structure. */
  get key(): string {
    return (this.#key ??= structureKey(this.roots));
  }

  /** Returns the dtype that the first root has by itself for these inputs; see {@link inferDType}. */
  resultDType(inputs: readonly DType[]): DType {
    if (this.#inferred === undefined || !same(this.#inferred.inputs, inputs)) {
      this.#inferred = { inputs: [...inputs], dtype: inferDType(this.roots[0]!, inputs) };
    }
    return this.#inferred.dtype;
  }

  /**
   * Returns the typed, linear form for these dtypes: what interpreters and code generators start from. Cached.
   *
   * @param inputs - the inputs' dtypes
   * @param outputs - the outputs' dtypes; results are cast to them
   */
  program(inputs: readonly DType[], outputs: readonly DType[]): Program {
    // Nearly always the dtypes are those of the last call.
    const last = this.#last;
    if (last !== undefined && same(last.inputs, inputs) && same(last.outputs, outputs)) {
      return last.program;
    }
    const signature = `${inputs.join()}>${outputs.join()}`;
    let program = this.#programs.get(signature);
    if (program === undefined) {
      program = lower(this.roots, inputs, outputs);
      this.#programs.set(signature, program);
    }
    this.#last = { inputs: [...inputs], outputs: [...outputs], program };
    return program;
  }
}

/** A program, and the dtypes that it is for. */
interface Lowered {
  readonly inputs: readonly DType[];
  readonly outputs: readonly DType[];
  readonly program: Program;
}

function same(a: readonly DType[], b: readonly DType[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Returns the expression that `build` makes of its inputs; an array of roots makes a kernel of several outputs.
 *
 * @param build - receives one {@link Expr} an input and returns what is computed of them
 * @param parameterCount - how many of `build`'s last arguments are scalar parameters instead of inputs
 */
export function expression(
  build: (...inputs: Expr[]) => Expr | readonly Expr[],
  parameterCount = 0,
): Expression {
  const inputCount = build.length - parameterCount;
  if (inputCount < 0) {
    throw new ArgumentError(
      `expression: parameterCount: expected at most ${build.length}, the arguments of build, got ${parameterCount}`,
    );
  }
  const inputs = Array.from({ length: inputCount }, (_, i) => Expr.input(i));
  const parameters = Array.from({ length: parameterCount }, (_, i) => Expr.parameter(i));
  const built = build(...inputs, ...parameters);
  return new Expression(built instanceof Expr ? [built] : built, inputCount, parameterCount);
}

/** Numbers each distinct node once, so that sharing in the graph keeps the key short. */
function structureKey(roots: readonly Expr[]): string {
  const numbers = new Map<Expr, number>();
  const byText = new Map<string, number>();
  const visit = (node: Expr): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    const operands = node.operands.map(visit);
    // String(-0) is "0", and the two are different constants.
    const value = Object.is(node.value, -0) ? "-0" : String(node.value);
    const text = `${node.kind}${value}${node.type ?? ""}(${operands.join(",")})`;
    let number = byText.get(text);
    if (number === undefined) {
      number = byText.size;
      byText.set(text, number);
    }
    numbers.set(node, number);
    return number;
  };
  const rootNumbers = roots.map(visit);
  return `${[...byText.keys()].join(";")}=>${rootNumbers.join(",")}`;
}
