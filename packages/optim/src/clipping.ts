import { ArgumentError, elementwise, norm, stack, tidy, type Tensor } from "@tensorloom/tensor";

// PyTorch's: the divisor has 1e-6 more than the norm.
const scaledBelow = elementwise((gradient, length, limit) =>
  gradient.mul(limit.div(length.add(1e-6)).minimum(1)),
);

/**
 * Returns gradients of which none is longer than a limit: each is scaled by itself.
 *
 * @param gradients - tensors of any shapes
 * @param limit - the longest that one may be
 * @returns new tensors
 *
 * Source: Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural networks".
 *
 * @example
 * clipByNorm([tensor([3, 4])], 1)[0].norm().item().toFixed(4); // => 1.0000
 */
export function clipByNorm(gradients: readonly Tensor[], limit: number): Tensor[] {
  checkLimit("clipByNorm", limit);
  return tidy(() => gradients.map((gradient) => scaledBelow(gradient, norm(gradient), limit)));
}

/**
 * Returns gradients that together, as one vector, are no longer than a limit: all are scaled alike, so that their direction
 * stays.
 *
 * @param gradients - tensors of any shapes
 * @param limit - the longest that they may be together
 * @returns new tensors
 *
 * Source: Pascanu, Mikolov and Bengio 2013; PyTorch's clip_grad_norm_.
 *
 * @example
 * clipByGlobalNorm([tensor([3]), tensor([4])], 1).map((g) => g.item().toFixed(4)); // => ["0.6000","0.8000"]
 */
export function clipByGlobalNorm(gradients: readonly Tensor[], limit: number): Tensor[] {
  checkLimit("clipByGlobalNorm", limit);
  if (gradients.length === 0) return [];
  return tidy(() => {
    const length = norm(stack(gradients.map((gradient) => norm(gradient))));
    return gradients.map((gradient) => scaledBelow(gradient, length, limit));
  });
}

/**
 * Returns gradients whose elements lie within a limit.
 *
 * @param gradients - tensors of any shapes
 * @param limit - the largest magnitude
 * @returns new tensors
 *
 * @example
 * clipByValue([tensor([-3, 0.5])], 1)[0].toString(); // => [-1.0,  0.5]
 */
export function clipByValue(gradients: readonly Tensor[], limit: number): Tensor[] {
  checkLimit("clipByValue", limit);
  return gradients.map((gradient) => gradient.clip(-limit, limit));
}

function checkLimit(operation: string, limit: number): void {
  if (limit > 0) return;
  throw new ArgumentError(`${operation}: limit: expected a positive number, got ${limit}`);
}
