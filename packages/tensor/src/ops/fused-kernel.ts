import { record } from "../autograd/tape.ts";
import { dispatch } from "../backend/dispatch.ts";
import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
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
 * @returns a function of tensors (each broadcasts to the first) and numbers; its results have the first tensor's shape
 * and dtype
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
  build: (inputs: readonly Expr[], parameters: readonly Expr[]) => readonly Expr[],
): (inputs: readonly Tensor[], parameters: readonly number[]) => Tensor[] {
  const operands = Array.from({ length: inputCount }, (_, i) => Expr.input(i));
  const parameters = Array.from({ length: parameterCount }, (_, i) => Expr.parameter(i, true));
  const expression = new Expression(build(operands, parameters), inputCount, parameterCount);
  return (tensors, numbers) => {
    const backend = backendOf("fusedKernel", tensors);
    const { dtype, shape } = tensors[0]!;
    const outputs = expression.roots.map(() => allocateTensor(backend, dtype, shape));
    if (tensors[0]!.size > 0) {
      withPlaced(backend, tensors, (placed) => {
        const inputs = placed.map((tensor) => broadcastView(tensor, shape));
        dispatch(backend, "map", { expression, inputs, parameters: numbers, outputs });
      });
    }
    return outputs.map((output) =>
      record("fusedKernel", tensors, output, () => withoutGradient("fusedKernel")),
    );
  };
}
