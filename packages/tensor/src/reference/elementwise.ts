import type { Epilogue, MapCall, ReduceCall, RowsCall, View } from "../backend/contract.ts";
import { evaluateProgram } from "../expression/evaluate.ts";
import type { RowPrograms } from "../expression/row-expression.ts";
import { contiguousStrides, sizeOf } from "../shape.ts";
import { coordinatesOf, dot, Elements, ReferenceStorage } from "./elements.ts";

/** Evaluates the expression for one element after another. */
export function map({ expression, inputs, parameters, outputs }: MapCall): void {
  const program = expression.program(
    inputs.map(({ dtype }) => dtype),
    outputs.map(({ dtype }) => dtype),
  );
  const from = inputs.map((view) => new Elements(view));
  const to = outputs.map((view) => new Elements(view));
  let index = 0;
  for (const at of coordinatesOf(outputs[0]!.shape)) {
    const values = from.map((elements) => elements.get(at));
    const results = evaluateProgram(program, values, parameters, index++);
    to.forEach((elements, r) => elements.set(at, results[r]!));
  }
}

/** Collects what is folded into an output element, in row-major order, and folds it in float64. */
export function reduce(call: ReduceCall): void {
  const { operator, expression, inputs, parameters, sourceDType, axes, output } = call;
  const program = expression.program(
    inputs.map(({ dtype }) => dtype),
    [sourceDType],
  );
  const from = inputs.map((view) => new Elements(view));
  const to = new Elements(output);
  const { shape } = inputs[0]!;
  const strides = contiguousStrides(shape);
  const folded = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  for (const target of coordinatesOf(output.shape)) {
    const values: number[] = [];
    for (const step of coordinatesOf(folded)) {
      const at = target.map((c, axis) => c + step[axis]!);
      const elements = from.map((input) => input.get(at));
      values.push(evaluateProgram(program, elements, parameters, dot(at, strides))[0]!);
    }
    to.set(target, fold(operator, values, sourceDType === "int32" || sourceDType === "uint8"));
  }
}

/** Folds each row in float64, as often as it takes, then computes the results of it. */
export function rows({ rows: f, inputs, parameters, dtype, axes, outputs }: RowsCall): void {
  const programs = f.programs(
    inputs.map((view) => view.dtype),
    dtype,
    outputs.map((view) => view.dtype),
  );
  const from = inputs.map((view) => new Elements(view));
  const to = outputs.map((view) => new Elements(view));
  const { shape } = inputs[0]!;
  const strides = contiguousStrides(shape);
  const alongRow = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const keptShape = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const ofKind = (isTotal: boolean): Elements[] => to.filter((_, r) => f.isTotal[r] === isTotal);
  for (const target of coordinatesOf(keptShape)) {
    const places = Array.from(coordinatesOf(alongRow), (step) =>
      target.map((c, axis) => c + step[axis]!),
    );
    // For each element of the row: the inputs, then, fold by fold, the total and what entered.
    const values = places.map((at) => from.map((elements) => elements.get(at)));
    const evaluateAll = (program: RowPrograms["elements"]): number[][] =>
      values.map((list, i) => evaluateProgram(program, list, parameters, dot(places[i]!, strides)));
    f.folds.forEach(({ operator }, k) => {
      const entered = evaluateAll(programs.folds[k]!).map(([x]) => x!);
      const total = fold(operator, entered, false);
      const rounded = dtype === "float64" ? total : Math.fround(total);
      values.forEach((list, i) => list.push(rounded, entered[i]!));
    });
    evaluateAll(programs.elements).forEach((results, i) =>
      ofKind(false).forEach((elements, r) => elements.set(places[i]!, results[r]!)),
    );
    const [results] = evaluateAll(programs.totals) as [number[]];
    ofKind(true).forEach((elements, r) => elements.set(target, results[r]!));
  }
}

function fold(
  operator: ReduceCall["operator"],
  values: readonly number[],
  isInteger: boolean,
): number {
  switch (operator) {
    case "sum":
      return values.reduce((sum, x) => (isInteger ? (sum + x) | 0 : sum + x), 0);
    case "prod":
      return values.reduce((product, x) => (isInteger ? Math.imul(product, x) : product * x), 1);
    case "max":
      return largest(values);
    case "min":
      return smallest(values);
    case "any":
      return Number(values.some((x) => x !== 0));
    case "all":
      return Number(values.every((x) => x !== 0));
    case "argmax":
    case "argmin": {
      const firstNaN = values.findIndex(Number.isNaN);
      if (firstNaN >= 0) return firstNaN;
      return values.indexOf(operator === "argmax" ? largest(values) : smallest(values));
    }
  }
}

/** Returns the largest value, NaN if there is one, -Infinity of none. */
export function largest(values: readonly number[]): number {
  // Not Math.max(...values): a call takes some 10^5 arguments at most.
  return values.reduce((best, x) => Math.max(best, x), -Infinity);
}

function smallest(values: readonly number[]): number {
  return values.reduce((best, x) => Math.min(best, x), Infinity);
}

/** Runs `compute` on the output, and replaces each result by the epilogue of it, which sees half floats before they are rounded. */
export function withEpilogue(
  epilogue: Epilogue | undefined,
  output: View,
  compute: (output: View) => void,
): void {
  if (epilogue === undefined) {
    compute(output);
    return;
  }
  const { expression, inputs, parameters } = epilogue;
  const computed = output.dtype === "float16" ? newFloats(output.shape) : output;
  compute(computed);
  // Reading and writing the same memory is right here: each element is read before it is written, and by itself.
  map({ expression, inputs: [computed, ...inputs], parameters, outputs: [output] });
}

function newFloats(shape: readonly number[]): View {
  const storage = new ReferenceStorage(sizeOf(shape) * 4);
  return { storage, dtype: "float32", shape, strides: contiguousStrides(shape), offset: 0 };
}
