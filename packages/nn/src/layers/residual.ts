import { ShapeError, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/**
 * What a module makes of `x`, added to `x`, or to what a shortcut makes of it.
 *
 * Source: He et al. 2016, "Deep residual learning for image recognition".
 *
 * @example
 * new Residual(new Activation((x) => x.mul(2))).forward(tensor([1, 2])).toString(); // => [3, 6]
 */
export class Residual extends Module {
  /** What is learnt on top of the shortcut. */
  readonly body: Module;
  /** The way past the body; the identity if undefined. */
  readonly shortcut: Module | undefined;

  /**
   * @param body - keeps the shape of its input, unless there is a shortcut that gives the same
   * @param shortcut - the identity by default
   */
  constructor(body: Module, shortcut?: Module) {
    super();
    this.body = body;
    this.shortcut = shortcut;
  }

  /**
   * Returns `body(x) + shortcut(x)`.
   *
   * @param x - what both take
   * @throws `ShapeError` if their results differ in shape
   */
  forward(x: Tensor): Tensor {
    const [y, past] = [this.body.forward(x), this.shortcut?.forward(x) ?? x];
    if (String(y.shape) === String(past.shape)) return y.add(past);
    throw new ShapeError(
      `Residual: body: expected a result of the shortcut's shape [${past.shape.join(", ")}], ` +
        `got [${y.shape.join(", ")}]; try a shortcut that changes the shape too`,
    );
  }
}
