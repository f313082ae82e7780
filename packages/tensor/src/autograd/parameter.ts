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
  /**
   * Applied to every value that is assigned, so that a property holds whatever changes the parameter: pruned weights stay
   * zero, norms stay below a bound. It returns its argument or a new tensor of the same shape. None at first.
   */
  constraint: ((value: Tensor) => Tensor) | undefined;
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
   * @param next - of the same shape; the parameter takes it over, and its {@link Parameter.constraint} is applied to it
   * @throws {@link ShapeError} if the shape differs
   */
  assign(next: Tensor): void {
    this.#checkShape("assign", next);
    if (next === this.#value) return;
    const before = this.#value;
    const allowed = this.constraint?.(next) ?? next;
    if (allowed !== next) next.dispose();
    this.#value = keep(allowed);
    before.dispose();
  }

  /**
   * Runs `fn` with another value in place of the parameter's own, which is put back afterwards: for weights that are
   * computed of it, such as dropped or averaged ones. Gradients flow through `value` to what it was made of.
   *
   * @param value - of the same shape; it stays the caller's
   * @param fn - a synchronous function
   * @returns what `fn` returns
   * @throws {@link ShapeError} if the shape differs
   *
   * @example
   * const w = new Parameter(tensor([1, 2]), "w");
   * w.substitute(w.value.mul(10), () => w.value.toString()); // => [10, 20]
   * w.value.toString(); // => [1, 2]
   */
  substitute<R>(value: Tensor, fn: () => R): R {
    this.#checkShape("substitute", value);
    const own = this.#value;
    this.#value = value;
    try {
      return fn();
    } finally {
      this.#value = own;
    }
  }

  #checkShape(operation: string, next: Tensor): void {
    if (sameShape(next.shape, this.#value.shape)) return;
    throw new ShapeError(
      `${operation}: ${this.name}: expected shape ${formatShape(this.#value.shape)}, got ${formatShape(next.shape)}`,
    );
  }

  /** Frees the value. */
  dispose(): void {
    this.#value.dispose();
  }
}
