import { ShapeError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { keep } from "../scope.ts";
import { formatShape, sameShape } from "../shape.ts";

/**
 * A tensor that is learnt: a named place whose value is replaced step by step. The value outlives every `tidy`; it is
 * freed when it is replaced, or by {@link Parameter.dispose}.
 *
 * @example
 * const w = new Parameter(tensor([1, 2]), "w");
 * w.assign(w.value.mul(2));
 * w.value.toString(); // => [2, 4]
 */
export class Parameter {
  /** The name by which state is saved. */
  name: string;
  /** Whether optimizers change it. */
  trainable: boolean;
  #value: Tensor;

  /**
   * @param value - the first value; the parameter takes it over
   * @param name - for messages and files
   * @param trainable - whether optimizers change it; true by default
   */
  constructor(value: Tensor, name = "parameter", trainable = true) {
    this.#value = keep(value);
    this.name = name;
    this.trainable = trainable;
  }

  /** The current value. Do not dispose it. */
  get value(): Tensor {
    return this.#value;
  }

  /** The value's shape: it never changes. */
  get shape(): readonly number[] {
    return this.#value.shape;
  }

  /**
   * Replaces the value; the old one is disposed.
   *
   * @param next - of the same shape; the parameter takes it over
   * @throws {@link ShapeError} if the shape differs
   */
  assign(next: Tensor): void {
    if (!sameShape(next.shape, this.#value.shape)) {
      throw new ShapeError(
        `assign: ${this.name}: expected shape ${formatShape(this.#value.shape)}, got ${formatShape(next.shape)}`,
      );
    }
    if (next === this.#value) return;
    const before = this.#value;
    this.#value = keep(next);
    before.dispose();
  }

  /** Frees the value. */
  dispose(): void {
    this.#value.dispose();
  }
}
