import { ArgumentError, gather, Parameter, random, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/** What {@link Embedding} takes. */
export interface EmbeddingOptions {
  /** A number whose vector is zeros at first, and is not learnt: for the fill of short sequences. */
  readonly paddingIndex?: number;
}

/**
 * A vector for each of some whole numbers, such as words.
 *
 * Parameters: `weight [count, size]`, normally distributed with standard deviation 1, as in PyTorch.
 *
 * @example
 * new Embedding(10, 3).forward(tensor([[1, 2], [4, 9]], { dtype: "int32" })).shape; // => [2,2,3]
 */
export class Embedding extends Module {
  /** `[count, size]`. */
  readonly weight: Parameter;
  /** The number whose vector is zeros, if there is one. */
  readonly paddingIndex: number | undefined;

  /**
   * @param count - how many numbers there are: 0 to `count - 1`
   * @param size - the size of a vector
   * @param options - `paddingIndex`
   */
  constructor(count: number, size: number, options: EmbeddingOptions = {}) {
    super();
    const { paddingIndex } = options;
    if (paddingIndex !== undefined && !(paddingIndex >= 0 && paddingIndex < count)) {
      throw new ArgumentError(
        `Embedding: paddingIndex: expected a whole number in [0, ${count}), got ${paddingIndex}`,
      );
    }
    this.paddingIndex = paddingIndex;
    this.weight = new Parameter(random.normal([count, size]), "weight");
  }

  /**
   * @param x - whole numbers, int32 or uint8, any shape
   * @returns `[...shape of x, size]`
   * @throws `ArgumentError` for a number out of range (on host backends; a device clamps)
   */
  forward(x: Tensor): Tensor {
    const vectors = gather(this.weight.value, x);
    if (this.paddingIndex === undefined) return vectors;
    // Zero without a gradient, whatever the row of the table holds.
    return vectors.mul(x.notEqual(this.paddingIndex).expandDims(-1).astype(vectors.dtype));
  }
}
