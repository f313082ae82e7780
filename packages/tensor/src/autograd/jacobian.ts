import { isFloating } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { oneHot } from "../ops/indexing.ts";
import type { Tensor } from "../tensor.ts";
import { stack } from "../ops/joining.ts";
import { zeros } from "../ops/creation.ts";
import { createdBeside } from "../ops/placement.ts";
import { reshape } from "../ops/views.ts";
import { inScope, tensorsIn } from "../scope.ts";
import { recordRun, sweep } from "./backward.ts";
import { argument, grad, type DifferentiableFunction } from "./grad.ts";

/**
 * Returns the Jacobian of a function, as a function of the same arguments: how each element of the result changes with
 * each element of an argument.
 *
 * @param f - gives a tensor of any shape; must be synchronous
 * @param argnum - the argument to differentiate by; 0 by default
 * @returns a function that gives `[...shape of the result, ...shape of the argument]`
 *
 * Cost: one run of `f`, and a reverse pass for each element of the result.
 *
 * @example
 * jacobian((x) => x.mul(x))(tensor([1, 2])).toString(); // => [[2, 0], [0, 4]]
 */
export function jacobian(f: DifferentiableFunction, argnum = 0): (...xs: Tensor[]) => Tensor {
  return (...xs) => {
    const x = argument("jacobian", xs, argnum);
    return inScope(() => {
      const { value, tape } = recordRun(() => f(...xs), [x]);
      try {
        if (!isFloating(value.dtype)) {
          throw new DTypeError(
            `jacobian: f: expected a floating result, got ${value.dtype}; integers and bools have no gradient`,
          );
        }
        const shape = [...value.shape, ...x.shape];
        if (value.size === 0) return createdBeside(value, () => zeros(shape, x.dtype));
        const rows = Array.from({ length: value.size }, (_, i) => {
          const unit = createdBeside(value, () => oneHot(i, value.size, value.dtype));
          return sweep(tape, value, reshape(unit, value.shape), [x])[0]!;
        });
        return reshape(stack(rows), shape);
      } finally {
        tape.release();
      }
    }, tensorsIn);
  };
}

/**
 * Returns the second derivatives of a scalar function, as a function of the same arguments.
 *
 * @param f - gives a scalar; must be synchronous
 * @param argnum - the argument to differentiate by; 0 by default
 * @returns a function that gives `[...shape of the argument, ...shape of the argument]`
 *
 * @example
 * hessian((x) => x.mul(x).mul(x).sum())(tensor([1, 2])).toString(); // => [[ 6, 0], [ 0, 12]]
 */
export function hessian(f: DifferentiableFunction, argnum = 0): (...xs: Tensor[]) => Tensor {
  return jacobian(grad(f, argnum), argnum);
}
