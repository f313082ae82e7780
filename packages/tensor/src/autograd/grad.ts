import { isFloating } from "../dtype.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { onesLike } from "../ops/creation.ts";
import { inScope, tensorsIn } from "../scope.ts";
import { formatShape } from "../shape.ts";
import { alias, sharedOf, Tensor } from "../tensor.ts";
import { sweep } from "./backward.ts";
import type { Parameter } from "./parameter.ts";
import { activeTapes, Tape, withTapes } from "./tape.ts";

/** A function of tensors whose gradient can be taken. */
export type DifferentiableFunction = (...xs: Tensor[]) => Tensor;

/**
 * Returns the gradient of a scalar function, as a function of the same arguments. Gradients of gradients work to any
 * order.
 *
 * @param f - gives a scalar; must be synchronous and made of Tensorloom's operations
 * @param argnum - the argument to differentiate by: 0 by default; an array gives an array of gradients
 *
 * @example
 * grad((x) => x.mul(x).mul(x))(tensor(2)).item(); // => 12
 * grad(grad((x) => x.mul(x).mul(x)))(tensor(2)).item(); // => 12
 */
export function grad(f: DifferentiableFunction, argnum?: number): (...xs: Tensor[]) => Tensor;
export function grad(
  f: DifferentiableFunction,
  argnum: readonly number[],
): (...xs: Tensor[]) => Tensor[];
export function grad(
  f: DifferentiableFunction,
  argnum: number | readonly number[] = 0,
): (...xs: Tensor[]) => Tensor | Tensor[] {
  const numbers = typeof argnum === "number" ? [argnum] : argnum;
  return (...xs) => {
    const targets = numbers.map((n) => argument("grad", xs, n));
    const { value, gradients } = differentiateBy("grad", () => f(...xs), targets);
    value.dispose();
    return typeof argnum === "number" ? gradients[0]! : gradients;
  };
}

/** A value and the gradients of it. */
export interface ValueAndGradients {
  /** What the function gave. */
  readonly value: Tensor;
  /** One an argument or parameter, of its shape; zeros where the value does not depend on it. */
  readonly gradients: Tensor[];
}

/**
 * Returns a function that gives a scalar function's value and its gradients, from one pass.
 *
 * @param f - gives a scalar; must be synchronous
 * @param parameters - differentiate by these instead of the arguments
 *
 * @example
 * const { value, gradients } = valueAndGrad((x) => x.mul(x).sum())(tensor([1, 2]));
 * value.item(); // => 5
 * gradients[0].toString(); // => [2, 4]
 */
export function valueAndGrad(
  f: DifferentiableFunction,
  parameters?: readonly Parameter[],
): (...xs: Tensor[]) => ValueAndGradients {
  return (...xs) => {
    const targets =
      parameters?.map((parameter) => parameter.value) ??
      xs.map((_, i) => argument("valueAndGrad", xs, i));
    return differentiateBy("valueAndGrad", () => f(...xs), targets);
  };
}

/** Returns argument `n`, which must be a tensor of floats. */
export function argument(operation: string, xs: readonly Tensor[], n: number): Tensor {
  const x = xs[n];
  if (!(x instanceof Tensor)) {
    throw new ArgumentError(
      `${operation}: argument ${n}: expected a tensor, got ${x === undefined ? "nothing" : typeof x}; try tensor(...)`,
    );
  }
  if (isFloating(x.dtype)) return x;
  throw new DTypeError(
    `${operation}: argument ${n}: expected floats to differentiate by, got ${x.dtype}; ` +
      'try astype("float32")',
  );
}

/** Runs `f` on a tape and sweeps back from its scalar result; everything made on the way is disposed. */
function differentiateBy(
  operation: string,
  f: () => Tensor,
  targets: readonly Tensor[],
): ValueAndGradients {
  const tape = new Tape();
  for (const target of targets) {
    sharedOf(target, operation);
    tape.watch(target);
  }
  const outer = activeTapes();
  try {
    return inScope(() => {
      const result = withTapes([...outer, tape], f);
      checkScalar(operation, result);
      const seed = onesLike(result);
      // A result that is an argument itself must not be disposed with the scope's other tensors, nor twice by the user.
      const value = targets.includes(result) ? alias(result) : result;
      return { value, gradients: sweep(tape, result, seed, targets) };
    }, tensorsIn);
  } finally {
    tape.release();
  }
}

function checkScalar(operation: string, result: unknown): asserts result is Tensor {
  if (!(result instanceof Tensor)) {
    const got = result instanceof Promise ? "a promise" : typeof result;
    throw new ArgumentError(
      `${operation}: f: expected a function that returns a scalar tensor, got ${got}; f must be synchronous`,
    );
  }
  if (result.size !== 1) {
    throw new ShapeError(
      `${operation}: f: expected a scalar result, got shape ${formatShape(result.shape)}; try .sum() or .mean()`,
    );
  }
  if (!isFloating(result.dtype)) {
    throw new DTypeError(
      `${operation}: f: expected a floating result, got ${result.dtype}; integers and bools have no gradient`,
    );
  }
}
