import { viewOf, type Tensor } from "../tensor.ts";
import { withTapes } from "./tape.ts";

/**
 * Returns the same values as a constant: gradients do not pass through.
 *
 * @param x - any tensor
 *
 * @example
 * grad((x) => x.mul(stopGradient(x)))(tensor(3)).item(); // => 3
 */
export function stopGradient<T extends Tensor>(x: T): T {
  return viewOf(x, x.shape, x.strides, x.offset, "stopGradient") as T;
}

/**
 * Runs `fn` without recording: what it makes is constant to every gradient.
 *
 * @param fn - a synchronous function
 * @returns what `fn` returns
 *
 * @example
 * grad((x) => x.mul(noGrad(() => x.add(1))))(tensor(3)).item(); // => 4
 */
export function noGrad<R>(fn: () => R): R {
  return withTapes([], fn);
}
