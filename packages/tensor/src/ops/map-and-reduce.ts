// The two operations that every elementwise operation and every fold is made of. They share a file because their
// gradients are each other: a broadcast input's gradient is a sum, and a sum's gradient is a broadcast.
import { activeTapes, record } from "../autograd/tape.ts";
import type { ReduceOperator, View } from "../backend/contract.ts";
import { dispatch } from "../backend/dispatch.ts";
import { broadcastAxes, broadcastShapes, broadcastStrides } from "../broadcast.ts";
import type { DType } from "../dtype.ts";
import { derivativesOf, type Derivatives } from "../expression/derivatives.ts";
import { Expression, expression } from "../expression/expression.ts";
import { contiguousStrides, sameShape, type Shape } from "../shape.ts";
import { allocateTensor, type Tensor } from "../tensor.ts";
import { backendOf, withPlaced } from "./placement.ts";
import { insertUnitAxes } from "./unit-axes.ts";

/** What {@link mapExpression} takes beside the expression and its inputs. */
export interface MapOptions {
  /** Values of the expression's scalar parameters. */
  readonly parameters?: readonly number[];
  /** The result's dtype; by default what the expression infers. */
  readonly dtype?: DType | undefined;
  /** The result's shape, to which all inputs broadcast; by default what they broadcast to among themselves. */
  readonly shape?: Shape;
}

/** What {@link reduceExpression} takes beside the expression and its inputs. */
export interface ReduceOptions extends MapOptions {
  /** Sorted, not negative. */
  readonly axes: readonly number[];
  /** Those of the reduced axes that the result does not have; the others stay, with size 1. */
  readonly dropAxes: readonly number[];
  /** The dtype in which elements enter the fold; by default what the expression infers. */
  readonly sourceDType?: DType | undefined;
}

const noParameters: readonly number[] = [];

/**
 * Returns the tensor of `f` over broadcast inputs. Its gradient is derived from the expression.
 *
 * @param operation - its name, for messages
 * @param f - an expression of one root
 * @param inputs - one an input of `f`; of any dtypes and shapes that broadcast
 */
export function mapExpression(
  operation: string,
  f: Expression,
  inputs: readonly Tensor[],
  options: MapOptions = {},
): Tensor {
  const backend = backendOf(operation, inputs);
  const shape = options.shape ?? commonShape(operation, inputs);
  const parameters = options.parameters ?? noParameters;
  const output = allocateTensor(backend, options.dtype ?? resultDType(f, inputs), shape);
  if (output.size > 0) {
    withPlaced(backend, inputs, (placed) => {
      const views = placed.map((input) => broadcastView(input, shape));
      dispatch(backend, "map", { expression: f, inputs: views, parameters, outputs: [output] });
    });
  }
  return record(operation, inputs, output, (gradient, saved, result, needs) =>
    gradientsToInputs(operation, derivativesOf(f, true), [...saved, gradient, result], {
      parameters,
      shape,
      needs,
    }),
  );
}

/**
 * Returns `f` of broadcast inputs, folded over axes without storing what enters the fold.
 *
 * Sums have the gradients of any expression; `max`, `min` and `prod` have that of the identity alone.
 *
 * @param operation - its name, for messages
 * @param operator - the fold
 * @param f - an expression of one root
 * @param inputs - one an input of `f`
 */
export function reduceExpression(
  operation: string,
  operator: ReduceOperator,
  f: Expression,
  inputs: readonly Tensor[],
  options: ReduceOptions,
): Tensor {
  const { axes, dropAxes } = options;
  const backend = backendOf(operation, inputs);
  const shape = options.shape ?? commonShape(operation, inputs);
  const parameters = options.parameters ?? noParameters;
  const sourceDType = options.sourceDType ?? resultDType(f, inputs);
  const keptShape = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const output = allocateTensor(
    backend,
    options.dtype ?? sourceDType,
    keptShape.filter((_, axis) => !dropAxes.includes(axis)),
  );
  if (output.size > 0) {
    withPlaced(backend, inputs, (placed) =>
      dispatch(backend, "reduce", {
        operator,
        expression: f,
        inputs: placed.map((input) => broadcastView(input, shape)),
        parameters,
        sourceDType,
        axes,
        output: viewWithShape(output, keptShape),
      }),
    );
  }
  return record(operation, inputs, output, (gradient, saved, result, needs) => {
    const kept = insertUnitAxes(gradient, dropAxes);
    if (operator === "sum") {
      const derivatives = derivativesOf(f, false);
      return gradientsToInputs(operation, derivatives, [...saved, kept], {
        parameters,
        shape,
        needs,
      });
    }
    const [x] = saved as readonly [Tensor];
    const keptResult = insertUnitAxes(result, dropAxes);
    return [
      operator === "prod" ? prodGradient(x, kept, axes) : winnerGradient(x, keptResult, kept, axes),
    ];
  });
}

/** Returns `tensor` as a view of shape `shape`, to which it broadcasts. */
export function broadcastView(tensor: Tensor, shape: Shape): View {
  if (sameShape(tensor.shape, shape)) return tensor;
  return {
    storage: tensor.storage,
    dtype: tensor.dtype,
    offset: tensor.offset,
    shape,
    strides: broadcastStrides(tensor.shape, tensor.strides, shape),
  };
}

function viewWithShape(output: Tensor, shape: Shape): View {
  const { storage, dtype } = output;
  return { storage, dtype, offset: 0, shape, strides: contiguousStrides(shape) };
}

/** The shape to which tensors broadcast. */
export function commonShape(operation: string, inputs: readonly Tensor[]): Shape {
  let { shape } = inputs[0]!;
  for (let i = 1; i < inputs.length; i++) {
    shape = broadcastShapes(operation, shape, inputs[i]!.shape);
  }
  return shape;
}

function resultDType(f: Expression, inputs: readonly Tensor[]): DType {
  return f.resultDType(inputs.map((input) => input.dtype));
}

/**
 * Returns the gradients to the first inputs, computed over `shape` and summed over the axes along which each input
 * stretches to it. `inputs` are what the derivatives are expressions of.
 */
function gradientsToInputs(
  operation: string,
  derivatives: Derivatives,
  inputs: readonly Tensor[],
  options: {
    readonly parameters: readonly number[];
    readonly shape: Shape;
    readonly needs: readonly boolean[];
  },
): (Tensor | undefined)[] {
  const { parameters, shape, needs } = options;
  const name = `gradient of ${operation}`;
  const isWhole = derivatives.map(
    (derivative, i) =>
      derivative !== undefined && needs[i] === true && sameShape(inputs[i]!.shape, shape),
  );
  const computed = computeTogether(name, derivatives, inputs, { parameters, shape, isWhole });
  return derivatives.map((derivative, i) => {
    if (derivative === undefined || needs[i] !== true) return undefined;
    const known = computed.get(i);
    if (known !== undefined) return known;
    const input = inputs[i]!;
    const { dtype } = input;
    if (isWhole[i] === true) {
      return (
        passedOn(derivative, inputs, input, shape) ??
        mapExpression(name, derivative, inputs, { parameters, shape, dtype })
      );
    }
    return reduceExpression(name, "sum", derivative, inputs, {
      parameters,
      shape,
      dtype,
      sourceDType: dtype,
      axes: broadcastAxes(input.shape, shape),
      dropAxes: Array.from({ length: shape.length - input.shape.length }, (_, axis) => axis),
    });
  });
}

/** The gradient itself, where a derivative is no more than that. */
function passedOn(
  derivative: Expression,
  inputs: readonly Tensor[],
  { dtype }: Tensor,
  shape: Shape,
): Tensor | undefined {
  const root = derivative.roots[0]!;
  const passed = root.kind === "input" ? inputs[root.value]! : undefined;
  return passed?.dtype === dtype && sameShape(passed.shape, shape) ? passed : undefined;
}

const joined = new WeakMap<Derivatives, Map<string, Expression>>();
// GPUs bind few buffers at a time.
const mostBuffers = 10;

/**
 * Returns the gradients that are computed one an element, of several inputs at once: what they have in common, such as the
 * gates of an LSTM's cell, is computed once. None while a tape records: it differentiates one expression at a time.
 */
function computeTogether(
  operation: string,
  derivatives: Derivatives,
  inputs: readonly Tensor[],
  options: {
    readonly parameters: readonly number[];
    readonly shape: Shape;
    readonly isWhole: readonly boolean[];
  },
): ReadonlyMap<number, Tensor> {
  const { parameters, shape, isWhole } = options;
  const which = derivatives.flatMap((derivative, i) =>
    isWhole[i] === true && passedOn(derivative!, inputs, inputs[i]!, shape) === undefined
      ? [i]
      : [],
  );
  const isSmall = inputs.length + which.length <= mostBuffers;
  if (which.length < 2 || !isSmall || activeTapes().length > 0) return new Map();
  const f = joinedExpression(derivatives, which);
  const backend = backendOf(operation, inputs);
  const outputs = which.map((i) => allocateTensor(backend, inputs[i]!.dtype, shape));
  if (outputs[0]!.size > 0) {
    withPlaced(backend, inputs, (placed) => {
      const views = placed.map((input) => broadcastView(input, shape));
      dispatch(backend, "map", { expression: f, inputs: views, parameters, outputs });
    });
  }
  return new Map(which.map((i, k) => [i, outputs[k]!]));
}

function joinedExpression(derivatives: Derivatives, which: readonly number[]): Expression {
  let known = joined.get(derivatives);
  if (known === undefined) joined.set(derivatives, (known = new Map<string, Expression>()));
  const key = which.join();
  let f = known.get(key);
  if (f === undefined) {
    const { inputCount, parameterCount } = derivatives[which[0]!]!;
    const roots = which.map((i) => derivatives[i]!.roots[0]!);
    f = new Expression(roots, inputCount, parameterCount);
    known.set(key, f);
  }
  return f;
}

const isWinner = expression((x, y) => x.equal(y).cast("int32"));
const shareOfWinner = expression((x, y, count, gradient) =>
  x.equal(y).where(gradient.div(count), 0),
);

/** The gradient of max and min: shared evenly among the elements that won. */
function winnerGradient(
  x: Tensor,
  result: Tensor,
  gradient: Tensor,
  axes: readonly number[],
): Tensor {
  const options = { axes, dropAxes: [] };
  const count = reduceExpression("gradient of max", "sum", isWinner, [x, result], options);
  return mapExpression("gradient of max", shareOfWinner, [x, result, count, gradient], {
    dtype: x.dtype,
  });
}

const isZero = expression((x) => x.equal(0).cast("int32"));
const withoutZero = expression((x) => x.equal(0).where(1, x));
const productOfOthers = expression((x, product, zeros, gradient) => {
  const others = x
    .equal(0)
    .where(zeros.equal(1).where(product, 0), zeros.equal(0).where(product.div(x), 0));
  return gradient.mul(others);
});

/**
 * The gradient of prod: the product of the other elements, which is right beside zeros too. It is not differentiated beside
 * zeros: `prod` has another for that.
 */
export function prodGradient(x: Tensor, gradient: Tensor, axes: readonly number[]): Tensor {
  const options = { axes, dropAxes: [] };
  const zeros = reduceExpression("gradient of prod", "sum", isZero, [x], options);
  const product = reduceExpression("gradient of prod", "prod", withoutZero, [x], options);
  return mapExpression("gradient of prod", productOfOthers, [x, product, zeros, gradient], {
    dtype: x.dtype,
  });
}
