import {
  ArgumentError,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  tanh,
  type ActivationName,
  type Tensor,
} from "@tensorloom/tensor";
import { Module } from "../module.ts";

const byName: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  relu,
  relu6,
  elu,
  selu,
  gelu,
  silu,
  softplus,
  sigmoid,
  hardSigmoid,
  hardSwish,
  mish,
  tanh,
};

/**
 * A function as a layer: an activation by name, or any function of one tensor.
 *
 * @example
 * new Activation("tanh").forward(tensor([0])).toString(); // => [0]
 * new Activation((x) => leakyRelu(x, { negativeSlope: 0.5 })).forward(tensor([-2, 2])).toString(); // => [-1, 2]
 */
export class Activation extends Module {
  /** The activation's name, or the function, as given. */
  readonly activation: ActivationName | ((x: Tensor) => Tensor);
  readonly #apply: (x: Tensor) => Tensor;

  /**
   * @param activation - `"relu"`, `"gelu"` and their kin, or a function
   * @throws `ArgumentError` for an unknown name
   */
  constructor(activation: ActivationName | ((x: Tensor) => Tensor)) {
    super();
    if (typeof activation === "string" && !Object.hasOwn(byName, activation)) {
      throw new ArgumentError(
        `Activation: activation: expected a function or one of ${Object.keys(byName).join(", ")}, got "${activation}"`,
      );
    }
    this.activation = activation;
    this.#apply = typeof activation === "string" ? (x) => byName[activation](x) : activation;
  }

  /**
   * Returns the function of `x`.
   *
   * @param x - any shape
   */
  forward(x: Tensor): Tensor {
    return this.#apply(x);
  }
}

/**
 * `max(x, 0)` as a layer.
 *
 * @example
 * new ReLU().forward(tensor([-1, 2])).toString(); // => [0, 2]
 */
export class ReLU extends Activation {
  constructor() {
    super("relu");
  }
}
