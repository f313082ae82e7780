import { ArgumentError, ShapeError } from "../errors.ts";
import { inScope, tensorsIn } from "../scope.ts";
import { formatShape, sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { DifferentiableFunction } from "./grad.ts";
import { noGrad, stopGradient } from "./stop-gradient.ts";
import { record } from "./tape.ts";

/**
 * Returns the gradients to an operation's arguments, in their order; undefined where there is none.
 *
 * @param gradient - that to the result, of its shape
 * @param xs - the arguments
 * @param value - the result
 */
export type CustomGradient = (
  gradient: Tensor,
  xs: readonly Tensor[],
  value: Tensor,
) => Tensor | readonly (Tensor | undefined)[];

/**
 * Returns `f` with a gradient of your own: for a rule that is more precise, cheaper, or on purpose another.
 *
 * @param f - gives a tensor; what it does is not recorded
 * @param gradient - the rule; made of operations, it can be differentiated again. One tensor stands for the gradient to
 * the first argument
 * @throws {@link ShapeError} in the backward pass, if the rule gives a gradient of another shape than its argument
 *
 * @example
 * const straightThrough = customGrad((x) => x.round(), (gradient) => gradient);
 * grad((x) => straightThrough(x).mul(3).sum())(tensor([0.2, 1.7])).toString(); // => [3, 3]
 */
export function customGrad(
  f: DifferentiableFunction,
  gradient: CustomGradient,
): (...xs: Tensor[]) => Tensor {
  const name = f.name === "" ? "customGrad" : f.name;
  return (...xs) => {
    const value = inScope(() => {
      const result = noGrad(() => f(...xs));
      if (!(result instanceof Tensor)) {
        throw new ArgumentError(
          `${name}: f: expected a function that returns a tensor, got ${typeof result}; return one tensor`,
        );
      }
      // Another value to the tapes, though it may be an argument itself.
      return stopGradient(result);
    }, tensorsIn);
    return record(name, xs, value, (cotangent, saved, output) => {
      const given = gradient(cotangent, saved, output);
      const parts = given instanceof Tensor ? [given] : given;
      parts.forEach((part, i) => {
        const expected = saved[i]?.shape;
        if (part === undefined || (expected !== undefined && sameShape(part.shape, expected))) {
          return;
        }
        throw new ShapeError(
          `${name}: gradient: expected shape ${expected === undefined ? "of an argument" : formatShape(expected)} ` +
            `for argument ${i}, got ${formatShape(part.shape)}`,
        );
      });
      return parts;
    });
  };
}
