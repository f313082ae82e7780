import { Module } from "@tensorloom/nn";
import { ShapeError, type Tensor } from "@tensorloom/tensor";

/**
 * The place where a model of TensorFlow.js takes something in: it passes on what it gets, once it has seen that its shape fits.
 *
 * @example
 * import { Input } from "@tensorloom/backend-tfjs";
 * new Input([null, 3]).forward(ones([2, 5, 3])).shape; // => [2,5,3]
 */
export class Input extends Module {
  /** The shape of one sample; null for any size. */
  readonly shape: readonly (number | null)[];

  /** @param shape - of one sample, without the batch; null for any size */
  constructor(shape: readonly (number | null)[]) {
    super();
    this.shape = [...shape];
  }

  /**
   * Returns `x`.
   *
   * @param x - `[batch, ...shape]`
   * @throws `ShapeError` if its shape is another
   */
  forward(x: Tensor): Tensor {
    const fits =
      x.rank === this.shape.length + 1 &&
      this.shape.every((size, axis) => size === null || size === x.shape[axis + 1]);
    if (fits) return x;
    const expected = ["batch", ...this.shape.map((size) => size ?? "any")].join(", ");
    throw new ShapeError(`Input: x: expected shape [${expected}], got [${x.shape.join(", ")}]`);
  }
}
