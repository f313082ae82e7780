import type { DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { generate } from "../ops/creation.ts";
import { argsort } from "../ops/sorting.ts";
import { add } from "../ops/elementwise-binary.ts";
import { argmax } from "../ops/reduction.ts";
import { toTensor, type TensorLike } from "../ops/operand.ts";
import { formatShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { erf } from "../expression/error-function.ts";
import { inverseErrorFunction } from "./inverse-error-function.ts";
import { nextKey } from "./generator.ts";
import { randomBits, toUnitInterval } from "./threefry.ts";

/** What every distribution takes. */
export interface RandomOptions {
  /** A seed for this call alone; the global generator by default. */
  readonly seed?: number;
}

const key0 = Expr.parameter(0);
const key1 = Expr.parameter(1);
const [bits0, bits1] = randomBits(key0, key1);
const first = Expr.parameter(2, true);
const second = Expr.parameter(3, true);
const unit = toUnitInterval(bits0);

const uniformExpression = new Expression([unit.mul(second.sub(first)).add(first)], 0, 4);
// Box and Muller 1958; 1 - u is in (0, 1], so that the logarithm is finite.
const standardNormal = Expr.constant(1)
  .sub(unit)
  .log()
  .mul(-2)
  .sqrt()
  .mul(
    toUnitInterval(bits1)
      .mul(2 * Math.PI)
      .cos(),
  );
const normalExpression = new Expression([standardNormal.mul(second).add(first)], 0, 4);
const truncatedExpression = new Expression(
  [
    inverseErrorFunction(unit.mul(second.sub(first)).add(first))
      .mul(Math.SQRT2)
      .clip(Expr.parameter(4, true), Expr.parameter(5, true))
      .mul(Expr.parameter(7, true))
      .add(Expr.parameter(6, true)),
  ],
  0,
  8,
);
const belowExpression = new Expression([unit.less(first)], 0, 3);
const bitsExpression = new Expression([bits0.shiftRight(1).cast("int32")], 0, 2);
const integerExpression = new Expression(
  [bits0.remainder(Expr.parameter(3)).cast("int32").add(Expr.parameter(2))],
  0,
  4,
);
const gumbelExpression = new Expression(
  [Expr.constant(1).sub(unit).log().neg().add(1e-20).log().neg()],
  0,
  2,
);

/**
 * Returns numbers spread evenly over [low, high).
 *
 * @param shape - the shape
 * @param options - `low` 0, `high` 1, `seed`
 *
 * @example
 * random.uniform([2, 3], { seed: 1 }).shape; // => [2,3]
 */
export function uniform(
  shape: Shape,
  options: RandomOptions & { readonly low?: number; readonly high?: number } = {},
): Tensor {
  const { low: from = 0, high: to = 1 } = options;
  const key = nextKey("uniform", options.seed);
  return generate("uniform", uniformExpression, [...key, from, to], shape, "float32");
}

/**
 * Returns normally distributed numbers.
 *
 * @param shape - the shape
 * @param options - `mean` 0, `std` 1, `seed`
 *
 * @example
 * random.normal([2, 3], { seed: 1 }).shape; // => [2,3]
 */
export function normal(
  shape: Shape,
  options: RandomOptions & { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  const key = nextKey("normal", options.seed);
  const parameters = [...key, options.mean ?? 0, options.std ?? 1];
  return generate("normal", normalExpression, parameters, shape, "float32");
}

/**
 * Returns normally distributed numbers of which those outside the bounds never come: by the inverse of the distribution
 * function, precise to a few parts in 10^6.
 *
 * @param shape - the shape
 * @param options - `mean` 0, `std` 1; `low` -2 and `high` 2, the bounds in standard deviations; `seed`
 * @throws {@link ArgumentError} unless `low < high`, both within 5 standard deviations
 *
 * @example
 * random.truncatedNormal([1000], { seed: 1 }).abs().max().lessEqual(2).array(); // => true
 */
export function truncatedNormal(
  shape: Shape,
  options: RandomOptions & {
    readonly mean?: number;
    readonly std?: number;
    readonly low?: number;
    readonly high?: number;
  } = {},
): Tensor {
  const { mean = 0, std = 1, low = -2, high = 2 } = options;
  if (!(low < high && low >= -5 && high <= 5)) {
    throw new ArgumentError(
      `truncatedNormal: expected low < high within 5 standard deviations, got ${low} and ${high}`,
    );
  }
  const key = nextKey("truncatedNormal", options.seed);
  const [from, to] = [erf(low / Math.SQRT2), erf(high / Math.SQRT2)];
  const parameters = [...key, from, to, low, high, mean, std];
  return generate("truncatedNormal", truncatedExpression, parameters, shape, "float32");
}

/**
 * Returns whole numbers in [low, high), each equally likely to within (high - low) / 2^32.
 *
 * @param low - the smallest
 * @param high - one more than the largest
 * @param shape - the shape
 * @param options - `seed`
 * @returns int32
 * @throws {@link ArgumentError} unless `low < high`
 *
 * @example
 * random.randint(5, 6, [2]).toString(); // => [5, 5]
 */
export function randint(
  low: number,
  high: number,
  shape: Shape,
  options: RandomOptions = {},
): Tensor<"int32"> {
  if (!Number.isInteger(low) || !Number.isInteger(high) || low >= high) {
    throw new ArgumentError(`randint: expected whole numbers low < high, got ${low} and ${high}`);
  }
  const key = nextKey("randint", options.seed);
  return generate("randint", integerExpression, [...key, low, high - low], shape, "int32");
}

/**
 * Returns ones with probability `p`, zeros else.
 *
 * @param shape - the shape
 * @param p - the probability of a one
 * @param options - `seed`; `dtype`: float32 by default
 *
 * @example
 * random.bernoulli([2], 1).toString(); // => [1, 1]
 */
export function bernoulli(
  shape: Shape,
  p: number,
  options: RandomOptions & { readonly dtype?: DType } = {},
): Tensor {
  const key = nextKey("bernoulli", options.seed);
  return generate("bernoulli", belowExpression, [...key, p], shape, options.dtype ?? "float32");
}

/**
 * Returns 0 to n - 1 in random order.
 *
 * @param n - how many
 * @param options - `seed`
 * @returns `[n]`, int32
 *
 * @example
 * random.permutation(4, { seed: 1 }).sum().item(); // => 6
 */
export function permutation(n: number, options: RandomOptions = {}): Tensor<"int32"> {
  const key = nextKey("permutation", options.seed);
  const keys = generate("permutation", bitsExpression, key, [n], "int32");
  const order = argsort(keys);
  keys.dispose();
  return order;
}

/**
 * Returns draws from categories, given the logarithms of their (unnormalised) probabilities, by the Gumbel-max trick.
 *
 * @param logits - `[..., categories]`
 * @param options - `seed`
 * @returns `[...]`, int32
 *
 * @example
 * random.categorical(tensor([-Infinity, 0])).item(); // => 1
 */
export function categorical(logits: TensorLike, options: RandomOptions = {}): Tensor<"int32"> {
  const input = toTensor("categorical", logits);
  if (input.rank === 0) {
    throw new ArgumentError(
      `categorical: logits: expected shape [..., categories], got ${formatShape(input.shape)}`,
    );
  }
  const key = nextKey("categorical", options.seed);
  const noise = generate("categorical", gumbelExpression, key, input.shape, "float32");
  return argmax(add(input, noise), -1);
}
