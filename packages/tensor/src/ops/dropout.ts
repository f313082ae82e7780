import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { ArgumentError } from "../errors.ts";
import { nextKey } from "../random/generator.ts";
import { randomBits, toUnitInterval } from "../random/threefry.ts";
import type { Tensor } from "../tensor.ts";
import { ownHandle } from "./elementwise-ternary.ts";
import { mapExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";

const [bits] = randomBits(Expr.parameter(0), Expr.parameter(1));
const share = Expr.parameter(2, true);
const dropped = new Expression(
  [
    toUnitInterval(bits)
      .less(share)
      .where(0, Expr.input(0).div(Expr.constant(1).sub(share))),
  ],
  1,
  3,
);

/**
 * Returns `x` with each element zeroed with probability `rate`, and the others divided by `1 - rate` so that the mean
 * stays: inverted dropout. The mask is drawn anew at each call, and costs no memory.
 *
 * @param x - any shape
 * @param rate - the probability, in [0, 1)
 * @param options - `seed`: the global generator by default
 * @throws {@link ArgumentError} for a rate outside [0, 1)
 *
 * Source: Srivastava et al. 2014, "Dropout".
 *
 * @example
 * dropout(tensor([1, 2]), 0).toString(); // => [1, 2]
 */
export function dropout(
  x: TensorLike,
  rate: number,
  options: { readonly seed?: number } = {},
): Tensor {
  if (!(rate >= 0 && rate < 1)) {
    throw new ArgumentError(`dropout: rate: expected a number in [0, 1), got ${rate}`);
  }
  const input = toTensor("dropout", x);
  const key = nextKey("dropout", options.seed);
  if (rate === 0) return ownHandle(x, input);
  return mapExpression("dropout", dropped, [input], { parameters: [...key, rate] });
}
