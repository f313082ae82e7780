import { record } from "../autograd/tape.ts";
import type { Backend, View } from "../backend/contract.ts";
import { dispatch } from "../backend/dispatch.ts";
import { promoteTypes } from "../dtype.ts";
import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { contiguousStrides } from "../shape.ts";
import { allocateTensor, type Tensor } from "../tensor.ts";
import { withoutGradient } from "./custom-kernel.ts";
import { broadcastView } from "./map-and-reduce.ts";
import { backendOf, withPlaced } from "./placement.ts";

/**
 * Returns an elementwise kernel of several results, computed in one pass: for updates of state, such as an optimizer's.
 * A gradient that reaches it is an error; see {@link elementwise} for one that has a gradient.
 *
 * @param inputCount - how many tensors it takes
 * @param parameterCount - how many numbers it takes; they may change from call to call without a new kernel
 * @param build - receives the tensors' elements, then the numbers, and returns one expression a result
 * @returns a function of tensors (each broadcasts to the first) and numbers; its results have the first tensor's shape,
 * and the dtype to which all promote
 *
 * @example
 * const momentumStep = fusedKernel(3, 2, ([w, g, m], [rate, gamma]) => {
 *   const next = m.mul(gamma).add(g);
 *   return [w.sub(next.mul(rate)), next];
 * });
 * momentumStep([tensor([1]), tensor([2]), tensor([10])], [0.5, 0.1])[0].toString(); // => [-0.5]
 */
export function fusedKernel(
  inputCount: number,
  parameterCount: number,
  build: KernelBuilder,
): (inputs: readonly Tensor[], parameters: readonly number[]) => Tensor[] {
  const expression = expressionOf(inputCount, parameterCount, build);
  return (tensors, numbers) => {
    const backend = backendOf("fusedKernel", tensors);
    const { shape } = tensors[0]!;
    const dtype = tensors.map((x) => x.dtype).reduce(promoteTypes);
    const outputs = expression.roots.map(() => allocateTensor(backend, dtype, shape));
    run(backend, expression, tensors, numbers, outputs);
    return outputs.map((output) =>
      record("fusedKernel", tensors, output, () => withoutGradient("fusedKernel")),
    );
  };
}

/**
 * As {@link fusedKernel}, but the results lie behind each other in one tensor, so that the next product can take them as
 * one matrix.
 *
 * @param inputCount - how many tensors it takes
 * @param parameterCount - how many numbers it takes
 * @param build - receives the tensors' elements, then the numbers, and returns one expression a result
 * @returns a function of tensors and numbers; its result has the shape `[results, ...shape of the first tensor]`
 *
 * @example
 * const powers = stackedKernel(1, 0, ([x]) => [x, x.mul(x)]);
 * powers([tensor([2, 3])], []).toString(); // => [[2, 3], [4, 9]]
 */
export function stackedKernel(
  inputCount: number,
  parameterCount: number,
  build: KernelBuilder,
): (inputs: readonly Tensor[], parameters: readonly number[]) => Tensor {
  const expression = expressionOf(inputCount, parameterCount, build);
  const each = expression.roots.map((root) => new Expression([root], inputCount, parameterCount));
  return (tensors, numbers) => {
    const backend = backendOf("stackedKernel", tensors);
    const { dtype, shape, size } = tensors[0]!;
    const whole = allocateTensor(backend, dtype, [each.length, ...shape]);
    const strides = contiguousStrides(shape);
    const { storage } = whole;
    const outputs = each.map((_, i) => ({ storage, dtype, shape, strides, offset: i * size }));
    if (backend.readSync !== undefined) run(backend, expression, tensors, numbers, outputs);
    else {
      // A device binds a buffer for writing once, and few of them at a time.
      each.forEach((one, i) => run(backend, one, tensors, numbers, [outputs[i]!]));
    }
    return record("stackedKernel", tensors, whole, () => withoutGradient("stackedKernel"));
  };
}

/** Returns the expression of each result. */
export type KernelBuilder = (
  inputs: readonly Expr[],
  parameters: readonly Expr[],
) => readonly Expr[];

function expressionOf(
  inputCount: number,
  parameterCount: number,
  build: KernelBuilder,
): Expression {
  const operands = Array.from({ length: inputCount }, (_, i) => Expr.input(i));
  const parameters = Array.from({ length: parameterCount }, (_, i) => Expr.parameter(i, true));
  return new Expression(build(operands, parameters), inputCount, parameterCount);
}

function run(
  backend: Backend,
  expression: Expression,
  tensors: readonly Tensor[],
  parameters: readonly number[],
  outputs: readonly View[],
): void {
  const { shape, size } = tensors[0]!;
  if (size === 0) return;
  withPlaced(backend, tensors, (placed) => {
    const inputs = placed.map((tensor) => broadcastView(tensor, shape));
    dispatch(backend, "map", { expression, inputs, parameters, outputs });
  });
}
