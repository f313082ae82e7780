import { Parameter, type Tensor } from "@tensorloom/tensor";
import { linear } from "../functional/linear.ts";
import { fanInUniform } from "./fan-in-uniform.ts";
import { Module } from "../module.ts";
import { checkFeatures } from "./input-shape.ts";

/** What {@link Linear} takes. */
export interface LinearOptions {
  /** Whether a bias is learnt; true by default. */
  readonly bias?: boolean;
}

/**
 * A fully connected layer: `x · weightᵀ + bias`.
 *
 * Parameters: `weight [outFeatures, inFeatures]`, `bias [outFeatures]`, drawn from ±1/sqrt(inFeatures), as in PyTorch.
 *
 * @example
 * new Linear(3, 2).forward(ones([5, 3])).shape; // => [5,2]
 */
export class Linear extends Module {
  /** `[outFeatures, inFeatures]`. */
  readonly weight: Parameter;
  /** `[outFeatures]`; undefined without bias. */
  readonly bias: Parameter | undefined;

  /**
   * @param inFeatures - the size of the input's last axis
   * @param outFeatures - the size of the output's last axis
   * @param options - `bias`
   */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    this.weight = new Parameter(fanInUniform([outFeatures, inFeatures], inFeatures), "weight");
    this.bias =
      options.bias === false
        ? undefined
        : new Parameter(fanInUniform([outFeatures], inFeatures), "bias");
  }

  /**
   * @param x - `[..., inFeatures]`
   * @returns `[..., outFeatures]`
   */
  forward(x: Tensor): Tensor {
    checkFeatures("Linear", x, this.weight.shape[1]!);
    return linear(x, this.weight.value, this.bias?.value);
  }
}
