import { ArgumentError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { activate } from "./activation-expressions.ts";
import { ElementwiseOperation } from "./elementwise-operation.ts";
import { toTensor, type TensorLike } from "./operand.ts";

/**
 * Returns `max(x, 0)`. The gradient at 0 is 0, as in PyTorch.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * relu(tensor([-1, 2])).toString(); // => [0, 2]
 */
export function relu(x: TensorLike): Tensor {
  return activate(toTensor("relu", x), "relu");
}

/**
 * Returns `min(max(x, 0), 6)`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * relu6(tensor([1, 9])).toString(); // => [1, 6]
 */
export function relu6(x: TensorLike): Tensor {
  return activate(toTensor("relu6", x), "relu6");
}

/**
 * Returns the scaled exponential unit. Source: Klambauer et al. 2017, arXiv:1706.02515.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * selu(tensor([0])).toString(); // => [0]
 */
export function selu(x: TensorLike): Tensor {
  return activate(toTensor("selu", x), "selu");
}

/**
 * Returns `x * sigmoid(x)`. Source: Elfwing et al. 2017, arXiv:1702.03118.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * silu(tensor([0])).toString(); // => [0]
 */
export function silu(x: TensorLike): Tensor {
  return activate(toTensor("silu", x), "silu");
}

/**
 * Returns `log(1 + exp(x))` without overflow.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * softplus(tensor([1000])).toString(); // => [1000]
 */
export function softplus(x: TensorLike): Tensor {
  return activate(toTensor("softplus", x), "softplus");
}

/**
 * Returns `1 / (1 + exp(-x))`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * sigmoid(tensor([0])).toString(); // => [0.5]
 */
export function sigmoid(x: TensorLike): Tensor {
  return activate(toTensor("sigmoid", x), "sigmoid");
}

/**
 * Returns `min(max(x / 6 + 1/2, 0), 1)`, as in PyTorch.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * hardSigmoid(tensor([0, 9])).toString(); // => [0.5, 1.0]
 */
export function hardSigmoid(x: TensorLike): Tensor {
  return activate(toTensor("hardSigmoid", x), "hardSigmoid");
}

/**
 * Returns `x * hardSigmoid(x)`. Source: Howard et al. 2019, arXiv:1905.02244.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * hardSwish(tensor([0, 9])).toString(); // => [0, 9]
 */
export function hardSwish(x: TensorLike): Tensor {
  return activate(toTensor("hardSwish", x), "hardSwish");
}

/**
 * Returns `x * tanh(softplus(x))`. Source: Misra 2019, arXiv:1908.08681.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * mish(tensor([0])).toString(); // => [0]
 */
export function mish(x: TensorLike): Tensor {
  return activate(toTensor("mish", x), "mish");
}

const leakyReluOperation = new ElementwiseOperation("leakyRelu", (x, slope) =>
  x.greater(0).where(x, x.mul(slope)),
);
/**
 * Returns `x` where it is positive, else `negativeSlope * x`.
 *
 * @param x - any shape
 * @param options - `negativeSlope`: 0.01 by default
 * @returns the shape of `x`
 *
 * @example
 * leakyRelu(tensor([-4, 2]), { negativeSlope: 0.25 }).toString(); // => [-1, 2]
 */
export function leakyRelu(
  x: TensorLike,
  options: { readonly negativeSlope?: number } = {},
): Tensor {
  return leakyReluOperation.apply([toTensor("leakyRelu", x), options.negativeSlope ?? 0.01]);
}

const eluOperation = new ElementwiseOperation("elu", (x, alpha) =>
  x.greater(0).where(x, x.greater(0).where(0, x).expm1().mul(alpha)),
);
/**
 * Returns `x` where it is positive, else `alpha * (exp(x) - 1)`.
 *
 * @param x - any shape
 * @param options - `alpha`: 1 by default
 * @returns the shape of `x`
 *
 * Source: Clevert et al. 2015, arXiv:1511.07289.
 *
 * @example
 * elu(tensor([0, 2])).toString(); // => [0, 2]
 */
export function elu(x: TensorLike, options: { readonly alpha?: number } = {}): Tensor {
  return eluOperation.apply([toTensor("elu", x), options.alpha ?? 1]);
}

const geluTanhOperation = new ElementwiseOperation("gelu", (x) =>
  x
    .mul(
      x
        .mul(x)
        .mul(0.044715)
        .add(1)
        .mul(x)
        .mul(Math.sqrt(2 / Math.PI))
        .tanh()
        .add(1),
    )
    .mul(0.5),
);
/**
 * Returns `x * Phi(x)`, Phi being the normal distribution's.
 *
 * @param x - any shape
 * @param options - `approximate: "tanh"` for the paper's approximation; exact (by erf) by default, as in PyTorch
 * @returns the shape of `x`
 * @throws {@link ArgumentError} for another `approximate`
 *
 * Source: Hendrycks and Gimpel 2016, arXiv:1606.08415.
 *
 * @example
 * gelu(tensor([0])).toString(); // => [0]
 */
export function gelu(
  x: TensorLike,
  options: { readonly approximate?: "none" | "tanh" } = {},
): Tensor {
  const { approximate = "none" } = options;
  if (approximate !== "none" && approximate !== "tanh") {
    throw new ArgumentError(
      `gelu: approximate: expected "none" or "tanh", got ${JSON.stringify(approximate)}`,
    );
  }
  return approximate === "tanh"
    ? geluTanhOperation.unary(x)
    : activate(toTensor("gelu", x), "gelu");
}
