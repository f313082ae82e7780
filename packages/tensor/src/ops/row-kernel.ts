import { activeTapes } from "../autograd/tape.ts";
import type { RowsCall } from "../backend/contract.ts";
import { dispatch } from "../backend/dispatch.ts";
import { computedDType, promoteTypes, type DType } from "../dtype.ts";
import { Expression, expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { inputsOf, RowExpression, type RowOperator } from "../expression/row-expression.ts";
import { substitute } from "../expression/substitute.ts";
import { tidy } from "../scope.ts";
import { normalizeAxes, sizeOf, type Axis } from "../shape.ts";
import { allocateTensor, type Tensor } from "../tensor.ts";
import { broadcastView, commonShape, mapExpression, reduceExpression } from "./map-and-reduce.ts";
import { backendOf, withPlaced } from "./placement.ts";
import { floatDType } from "./accumulation.ts";

/** Folds a row: what {@link rowKernel} hands to `build`. */
export class RowFolds {
  /** How many elements a row has. */
  readonly count: Expr;
  /** @internal What is folded, in order. */
  readonly folds: { readonly operator: RowOperator; readonly root: Expr }[] = [];
  readonly #inputCount: number;

  /** @internal */
  constructor(inputCount: number, parameterCount: number) {
    this.#inputCount = inputCount;
    this.count = Expr.parameter(parameterCount, true);
  }

  /** Returns the sum of `x` along the row. */
  sum(x: Expr): Expr {
    return this.#fold("sum", x);
  }

  /** Returns the largest `x` of the row; NaN if one is. */
  max(x: Expr): Expr {
    return this.#fold("max", x);
  }

  /** Returns the smallest `x` of the row; NaN if one is. */
  min(x: Expr): Expr {
    return this.#fold("min", x);
  }

  #fold(operator: RowOperator, root: Expr): Expr {
    return Expr.input(this.#inputCount + 2 * (this.folds.push({ operator, root }) - 1));
  }
}

/** Returns the expression of each result; folds rows through `row`. */
export type RowBuilder = (
  row: RowFolds,
  inputs: readonly Expr[],
  parameters: readonly Expr[],
) => readonly Expr[];

/**
 * Returns an operation on rows, such as a normalisation: one kernel that folds each row, as often as it takes, and computes
 * its elements of the folds, while the row is in the cache. It has a gradient, which takes it apart into folds and
 * elementwise kernels; an operation that knows a better one says so with {@link customGrad}.
 *
 * @param inputCount - how many tensors it takes
 * @param parameterCount - how many numbers it takes; they may change from call to call without a new kernel
 * @param build - receives the folds, the tensors' elements and the numbers, and returns one expression a result. An
 * expression that was folded and is used again is computed once
 * @returns a function of tensors that broadcast, numbers, and the axes of a row (the last by default). A result has their
 * shape, or, if it is made of folds and numbers alone, axes of size 1
 *
 * @example
 * const centre = rowKernel(1, 0, (row, [x]) => {
 *   const mean = row.sum(x).div(row.count);
 *   return [x.sub(mean), mean];
 * });
 * const [centred, mean] = centre([tensor([[1, 3], [5, 9]])]);
 * centred.toString(); // => [[-1, 1], [-2, 2]]
 * mean.toString(); // => [[2], [7]]
 */
export function rowKernel(
  inputCount: number,
  parameterCount: number,
  build: RowBuilder,
): (inputs: readonly Tensor[], parameters?: readonly number[], axis?: Axis) => Tensor[] {
  const inputs = Array.from({ length: inputCount }, (_, i) => Expr.input(i));
  const numbers = Array.from({ length: parameterCount }, (_, i) => Expr.parameter(i, true));
  const folds = new RowFolds(inputCount, parameterCount);
  const roots = build(folds, inputs, numbers);
  const rows = new RowExpression(folds.folds, roots, inputCount, parameterCount + 1);
  const steps = new Steps(rows);
  return (tensors, parameters = [], axis = -1) => {
    const shape = commonShape(name, tensors);
    const axes = normalizeAxes(name, axis, shape.length);
    const count = axes.reduce((size, a) => size * shape[a]!, 1);
    const options = { shape, axes, parameters: [...parameters, count] };
    return run(rows, tensors, options) ?? tidy(() => steps.run(tensors, options));
  };
}

interface RowOptions {
  readonly shape: readonly number[];
  readonly axes: readonly number[];
  readonly parameters: readonly number[];
}

/** Runs the backend's kernel; undefined where it has none, or a gradient wants to know each step. */
function run(
  rows: RowExpression,
  tensors: readonly Tensor[],
  { shape, axes, parameters }: RowOptions,
): Tensor[] | undefined {
  const backend = backendOf(name, tensors);
  const isRecorded = activeTapes().some((tape) => tensors.some(({ id }) => tape.tracks(id)));
  if (backend.rows === undefined || isRecorded || axes.length === 0 || sizeOf(shape) === 0) {
    return undefined;
  }
  const [dtype, dtypes] = dtypesOf(rows, tensors);
  let outputs: Tensor[] | undefined;
  withPlaced(backend, tensors, (placed) => {
    const inputs = placed.map((tensor) => broadcastView(tensor, shape));
    const call: Omit<RowsCall, "outputs"> = { rows, inputs, parameters, dtype, axes };
    if (backend.hasRows?.(call) === false) return;
    const keptShape = shape.map((size, a) => (axes.includes(a) ? 1 : size));
    outputs = dtypes.map((one, r) =>
      allocateTensor(backend, one, rows.isTotal[r]! ? keptShape : shape),
    );
    dispatch(backend, "rows", { ...call, outputs });
  });
  return outputs;
}

/** The dtype of what is folded, and those of the results. */
type RowDTypes = readonly [DType, readonly DType[]];

const knownDTypes = new WeakMap<RowExpression, Map<string, RowDTypes>>();

function dtypesOf(rows: RowExpression, tensors: readonly Tensor[]): RowDTypes {
  const inputs = tensors.map((tensor) => tensor.dtype);
  let known = knownDTypes.get(rows);
  if (known === undefined) knownDTypes.set(rows, (known = new Map()));
  const key = inputs.join();
  let dtypes = known.get(key);
  if (dtypes === undefined) {
    const dtype = floatDType(inputs.reduce(promoteTypes));
    const values = [...inputs, ...rows.folds.flatMap(() => [dtype, dtype])];
    dtypes = [dtype, rows.results.map((result) => result.resultDType(values))];
    known.set(key, dtypes);
  }
  return dtypes;
}

const name = "rowKernel";
const identity = expression((x) => x);

/** The same, step by step: each is recorded, and so has a gradient. */
class Steps {
  readonly #rows: RowExpression;
  readonly #folds: readonly Step[];
  readonly #results: readonly Step[];
  /** What is computed once a row, of totals: its values come after those of the folds. */
  readonly #ofRow: Step[] = [];

  constructor(rows: RowExpression) {
    this.#rows = rows;
    const known = new Map<string, number>();
    const first = rows.inputCount + 2 * rows.folds.length;
    const stepOf = ({ roots, parameterCount }: Expression, isResult: boolean): Step => {
      const hoisted = substitute(roots, (node) => {
        if (node.operands.length === 0 || inputsOf(node).size === 0) return undefined;
        if (!rows.isOfRow(node)) return undefined;
        if (isResult && node === roots[0]) return undefined;
        const step = new Step(node, parameterCount);
        const { key } = new Expression([node], 0);
        let number = known.get(key);
        if (number === undefined) known.set(key, (number = first + this.#ofRow.push(step) - 1));
        return Expr.input(number);
      });
      return new Step(hoisted[0]!, parameterCount);
    };
    this.#folds = rows.folds.map((fold) => stepOf(fold.expression, false));
    this.#results = rows.results.map((result) => stepOf(result, true));
  }

  run(tensors: readonly Tensor[], { shape, axes, parameters }: RowOptions): Tensor[] {
    const rows = this.#rows;
    const [folded, dtypes] = dtypesOf(rows, tensors);
    // Totals of half floats may be beyond their range.
    const dtype = computedDType(folded);
    const keptShape = shape.map((size, a) => (axes.includes(a) ? 1 : size));
    const values: (Tensor | undefined)[] = [...tensors];
    const ofRow: Tensor[] = [];
    const first = rows.inputCount + 2 * rows.folds.length;
    const read = (number: number): Tensor => {
      if (number < first) return values[number]!;
      const step = this.#ofRow[number - first]!;
      return (ofRow[number - first] ??= step.map(read, { parameters, shape: keptShape, dtype }));
    };
    rows.folds.forEach(({ operator, isKept }, k) => {
      const step = this.#folds[k]!;
      const options = { parameters, shape, dtype };
      // Of folds of an expression, only sums have a gradient.
      const isPlain = operator === "sum" || step.expression.roots[0]!.kind === "input";
      const isStored = isKept || !isPlain || axes.length === 0;
      const entered = isStored ? step.map(read, options) : undefined;
      const f = entered === undefined ? step.expression : identity;
      const inputs = entered === undefined ? step.inputs(read) : [entered];
      const fold = { ...options, sourceDType: dtype, axes, dropAxes: [] };
      const total = axes.length === 0 ? entered : reduceExpression(name, operator, f, inputs, fold);
      values.push(total, entered);
    });
    return this.#results.map((step, r) => {
      const own = rows.isTotal[r]! ? keptShape : shape;
      return step.map(read, { parameters, shape: own, dtype: dtypes[r] });
    });
  }
}

/** An expression of the values that it reads, and of no others. */
class Step {
  readonly expression: Expression;
  readonly #reads: readonly number[];

  constructor(root: Expr, parameterCount: number) {
    this.#reads = [...inputsOf(root)].toSorted((a, b) => a - b);
    const renumbered = substitute([root], (node) =>
      node.kind === "input" ? Expr.input(this.#reads.indexOf(node.value)) : undefined,
    );
    this.expression = new Expression(renumbered, this.#reads.length, parameterCount);
  }

  inputs(read: (number: number) => Tensor): Tensor[] {
    return this.#reads.map(read);
  }

  map(
    read: (number: number) => Tensor,
    options: NonNullable<Parameters<typeof mapExpression>[3]>,
  ): Tensor {
    return mapExpression(name, this.expression, this.inputs(read), options);
  }
}
