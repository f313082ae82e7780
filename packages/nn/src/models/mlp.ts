import { ArgumentError, type ActivationName } from "@tensorloom/tensor";
import { Activation } from "../layers/activation.ts";
import { Dropout } from "../layers/dropout.ts";
import { Linear } from "../layers/linear.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";

/** What {@link mlp} takes. */
export interface MlpOptions {
  /** The size of the input's last axis. */
  readonly inFeatures: number;
  /** The sizes of the hidden layers, in order. */
  readonly hidden: readonly number[];
  /** The size of the output's last axis. */
  readonly outFeatures: number;
  /** After each hidden layer; `"relu"` by default. */
  readonly activation?: ActivationName;
  /** The probability with which hidden elements are dropped in training; 0 by default. */
  readonly dropout?: number;
}

/**
 * Returns a multi-layer perceptron: linear layers with activations between them.
 *
 * @param options - sizes, activation, dropout
 *
 * @example
 * mlp({ inFeatures: 4, hidden: [16, 16], outFeatures: 3 }).forward(ones([2, 4])).shape; // => [2,3]
 */
export function mlp(options: MlpOptions): Sequential {
  const { inFeatures, hidden, outFeatures, activation = "relu", dropout = 0 } = options;
  const sizes = [inFeatures, ...hidden, outFeatures];
  if (!sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new ArgumentError(`mlp: sizes: expected positive whole numbers, got ${sizes.join(", ")}`);
  }
  const layers: Module[] = [];
  hidden.forEach((size, i) => {
    layers.push(new Linear(sizes[i]!, size), new Activation(activation));
    if (dropout > 0) layers.push(new Dropout(dropout));
  });
  return new Sequential(...layers, new Linear(sizes.at(-2)!, outFeatures));
}
