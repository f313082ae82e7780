import { Module } from "@tensorloom/nn";
import { ArgumentError, concat, type Tensor } from "@tensorloom/tensor";

/** How {@link Merge} makes one tensor of several. */
export type MergeMode = "add" | "multiply" | "average" | "maximum" | "minimum";

const merges: Readonly<Record<MergeMode, (a: Tensor, b: Tensor) => Tensor>> = {
  add: (a, b) => a.add(b),
  average: (a, b) => a.add(b),
  multiply: (a, b) => a.mul(b),
  maximum: (a, b) => a.maximum(b),
  minimum: (a, b) => a.minimum(b),
};

/** Makes one tensor of several, element by element. */
export class Merge extends Module {
  /** How. */
  readonly mode: MergeMode;

  /** @param mode - how */
  constructor(mode: MergeMode) {
    super();
    this.mode = mode;
  }

  /** Returns the merged tensor; those of fewer axes get axes of size 1 behind the batch. */
  forward(x: Tensor, ...others: readonly Tensor[]): Tensor {
    const all = [x, ...others];
    const rank = Math.max(...all.map((one) => one.rank));
    const merged = all
      .map((one) =>
        one.reshape([
          one.shape[0]!,
          ...Array.from({ length: rank - one.rank }, () => 1),
          ...one.shape.slice(1),
        ]),
      )
      .reduce(merges[this.mode]);
    return this.mode === "average" ? merged.div(all.length) : merged;
  }
}

/** Lays tensors side by side. */
export class Concatenate extends Module {
  /** Along which axis; negative from the last. */
  readonly axis: number;

  /** @param axis - along which axis; the batch is axis 0 */
  constructor(axis: number) {
    super();
    this.axis = axis;
  }

  /** Returns all of them side by side. */
  forward(x: Tensor, ...others: readonly Tensor[]): Tensor {
    return concat([x, ...others], this.axis);
  }
}

/** Products of two tensors' samples, summed over an axis of each. */
export class Dot extends Module {
  /** The axis of each that is summed over; negative from the last, and not the batch. */
  readonly axes: readonly [number, number];
  /** Whether vectors along those axes are divided by their length, so that the products are cosines. */
  readonly normalize: boolean;

  /**
   * @param axes - the axis of each that is summed over
   * @param normalize - whether vectors along those axes are divided by their length
   */
  constructor(axes: readonly [number, number], normalize: boolean) {
    super();
    this.axes = axes;
    this.normalize = normalize;
  }

  /**
   * Returns the products, `[batch, ...rest of x, ...rest of y]`, `[batch, 1]` if nothing is left.
   *
   * @throws `ArgumentError` unless there are two of two or three axes
   */
  forward(x: Tensor, ...others: readonly Tensor[]): Tensor {
    const [y] = others;
    if (
      y === undefined ||
      others.length > 1 ||
      ![x, y].every(({ rank }) => rank === 2 || rank === 3)
    ) {
      throw new ArgumentError("Dot: expected two tensors of two or three axes");
    }
    const [a, b] = [x, y].map((one, i) => {
      const axis = (this.axes[i]! + one.rank) % one.rank;
      const scaled = this.normalize ? one.div(lengths(one, axis)) : one;
      // The summed axis comes last.
      return axis === 1 && one.rank === 3 ? scaled.transpose([0, 2, 1]) : scaled;
    }) as [Tensor, Tensor];
    const [rows, columns] = [a, b].map((one) => (one.rank === 2 ? one.expandDims(1) : one));
    const products = rows!.matmul(columns!.transpose([0, 2, 1]));
    const rest = [...a.shape.slice(1, -1), ...b.shape.slice(1, -1)];
    return products.reshape([x.shape[0]!, ...(rest.length === 0 ? [1] : rest)]);
  }
}

function lengths(x: Tensor, axis: number): Tensor {
  // The bound is that of Keras' epsilon.
  return x.square().sum(axis, { keepDims: true }).maximum(1e-7).sqrt();
}
