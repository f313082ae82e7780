import { DisposedError, ShapeError } from "../errors.ts";
import { onesLike, zerosLike } from "../ops/creation.ts";
import { add, mul } from "../ops/elementwise-binary.ts";
import { sum } from "../ops/reduction.ts";
import { inScope, tensorsIn } from "../scope.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { recordRun, sweep } from "./backward.ts";
import { argument, type DifferentiableFunction } from "./grad.ts";
import { activeTapes, Tape, withTapes } from "./tape.ts";

/** What {@link vjp} gives. */
export interface Pullback {
  /** What the function gave. */
  readonly value: Tensor;
  /** Takes a gradient at the value, of its shape, to gradients at the arguments; may be called again and again. */
  readonly pullback: (cotangent: Tensor) => Tensor[];
  /** Gives back what the pullback holds; it is then not called any more. */
  dispose(): void;
}

/** Tapes whose pullback was forgotten are released after garbage collection. */
const forgotten = new FinalizationRegistry<Tape>((tape) => tape.release());

/**
 * Returns a function's value and the function that takes a gradient at the value to gradients at the arguments: the
 * product of a vector and the Jacobian, in reverse mode.
 *
 * @param f - gives a tensor of any shape; must be synchronous
 * @param xs - the arguments
 * @returns `value`, `pullback(cotangent)`, and `dispose()`, which frees what the pullback holds; a forgotten one is freed
 * after garbage collection
 * @throws {@link ShapeError} if the cotangent has another shape than the value; {@link DisposedError} after `dispose()`
 *
 * @example
 * const { value, pullback, dispose } = vjp((x) => x.mul(x), tensor([1, 2]));
 * pullback(tensor([1, 10]))[0].toString(); // => [2, 40]
 * dispose();
 */
export function vjp(f: DifferentiableFunction, ...xs: Tensor[]): Pullback {
  const { value, tape } = recordRun(() => f(...xs), xs);
  let isDisposed = false;
  const pullback = (cotangent: Tensor): Tensor[] => {
    if (isDisposed) {
      throw new DisposedError(
        "vjp: pullback: expected one in use, got one that was disposed; call dispose() later",
      );
    }
    checkLike("vjp", "cotangent", cotangent, value);
    return inScope(() => sweep(tape, value, cotangent, xs), tensorsIn);
  };
  forgotten.register(pullback, tape, pullback);
  return {
    value,
    pullback,
    dispose() {
      isDisposed = true;
      forgotten.unregister(pullback);
      tape.release();
    },
  };
}

/** What {@link jvp} gives. */
export interface ValueAndTangent {
  /** What the function gave. */
  readonly value: Tensor;
  /** How the value changes as the arguments move along their tangents; of its shape. */
  readonly tangent: Tensor;
}

/**
 * Returns a function's value and its directional derivative: the product of the Jacobian and a vector.
 *
 * @param f - gives a tensor of any shape; must be synchronous
 * @param xs - the arguments
 * @param tangents - the direction: one an argument, of its shape
 * @throws {@link ShapeError} if a tangent has another shape than its argument
 *
 * The pullback is linear in the cotangent, so the derivative of the pullback is what is sought: two reverse passes, some
 * three times the cost of `f`. Source: Townsend 2017, "A new trick for calculating Jacobian vector products".
 *
 * @example
 * jvp((x) => x.mul(x), [tensor([1, 2])], [tensor([1, 10])]).tangent.toString(); // => [2, 40]
 */
export function jvp(
  f: DifferentiableFunction,
  xs: readonly Tensor[],
  tangents: readonly Tensor[],
): ValueAndTangent {
  xs.forEach((_, n) => argument("jvp", xs, n));
  if (tangents.length !== xs.length) {
    throw new ShapeError(
      `jvp: tangents: expected one for each of ${xs.length} arguments, got ${tangents.length}`,
    );
  }
  tangents.forEach((tangent, n) => checkLike("jvp", `tangent ${n}`, tangent, xs[n]!));
  return inScope(() => {
    const { value, tape } = recordRun(() => f(...xs), xs);
    const outer = new Tape();
    try {
      const cotangent = zerosLike(value);
      outer.watch(cotangent);
      const along = withTapes([...activeTapes(), outer], () =>
        sweep(tape, value, cotangent, xs)
          .map((gradient, n) => sum(mul(gradient, tangents[n]!)))
          .reduce((total, part) => add(total, part)),
      );
      const seed = onesLike(along);
      return { value, tangent: sweep(outer, along, seed, [cotangent])[0]! };
    } finally {
      tape.release();
      outer.release();
    }
  }, tensorsIn);
}

function checkLike(operation: string, name: string, x: Tensor, like: Tensor): void {
  if (sameShape(x.shape, like.shape)) return;
  throw new ShapeError(
    `${operation}: ${name}: expected shape ${formatShape(like.shape)}, got ${formatShape(x.shape)}`,
  );
}
