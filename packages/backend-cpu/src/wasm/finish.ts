import { Expr, Expression, type Epilogue, type View } from "@tensorloom/tensor/backend";
import { addressOf } from "./view-address.ts";

/** What kernels do to finished sums while they are at hand: see assembly/finish.ts. */
export interface Finish {
  /** The address of a bias for each column; 0 is none. */
  readonly bias: number;
  /** Its number there; 0 is nothing at all, a bias included. */
  readonly activation: number;
}

/** Sums as they are. */
export const unfinished: Finish = { bias: 0, activation: 0 };

/** The same expressions as those of `tensor` and of TensorFlow.js' kernels, in the order of their numbers, from 1. */
const activations: readonly ((x: Expr) => Expr)[] = [
  (x) => x,
  (x) => x.relu(),
  (x) => x.clip(0, 6),
  (x) => x.lessEqual(0).where(0, x.less(6).where(x, 6)),
];

/** Numbers of activations by the keys of expressions: without a bias, and with one. */
const numbers = [Expr.input(0), Expr.input(0).add(Expr.input(1))].map(
  (sum, biases) =>
    new Map(activations.map((f, i) => [new Expression([f(sum)], biases + 1).key, i + 1])),
);

/** Returns what kernels do for an epilogue of a float32 output; undefined if they cannot, and it must run afterwards. */
export function finishOf(epilogue: Epilogue | undefined, output: View): Finish | undefined {
  if (epilogue === undefined) return unfinished;
  const { expression, inputs } = epilogue;
  const activation = numbers[inputs.length]?.get(expression.key);
  if (activation === undefined) return undefined;
  const [bias] = inputs;
  if (bias === undefined) return { bias: 0, activation };
  return isByColumn(bias, output) ? { bias: addressOf(bias), activation } : undefined;
}

/** Whether it has one element for each of the output's last axis, side by side. */
function isByColumn({ dtype, strides }: View, { shape }: View): boolean {
  const last = shape.length - 1;
  if (dtype !== "float32" || (strides[last] !== 1 && shape[last] !== 1)) return false;
  for (let axis = 0; axis < last; axis++) {
    if (strides[axis] !== 0 && shape[axis] !== 1) return false;
  }
  return true;
}
