import { gemm, Parameter, ShapeError, type Tensor } from "@tensorloom/tensor";
import { fanInUniform } from "../initializers.ts";
import { Module } from "../module.ts";

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
    const [outFeatures, inFeatures] = this.weight.shape as readonly [number, number];
    if (x.rank === 0 || x.shape.at(-1) !== inFeatures) {
      throw new ShapeError(
        `Linear: x: expected shape [..., ${inFeatures}], got [${x.shape.join(", ")}]`,
      );
    }
    // Leading axes are one long batch: one product instead of many.
    const rows = x.rank === 2 ? x : x.reshape([x.size / Math.max(1, inFeatures), inFeatures]);
    const options = { transposeB: true, ...(this.bias && { bias: this.bias.value }) };
    const y = gemm(rows, this.weight.value, options);
    return x.rank === 2 ? y : y.reshape([...x.shape.slice(0, -1), outFeatures]);
  }
}
