// Layers of TensorFlow.js that move elements and learn nothing.
import { Module } from "@tensorloom/nn";
import { resize, type Tensor } from "@tensorloom/tensor";

/** Sizes before and after, for each of two spatial axes. */
export type Margins = readonly (readonly [before: number, after: number])[];

/** Gives samples another shape. */
export class Reshape extends Module {
  /** Of one sample; null for what is left. */
  readonly shape: readonly (number | null)[];

  /** @param shape - of one sample; null for what is left */
  constructor(shape: readonly (number | null)[]) {
    super();
    this.shape = shape;
  }

  /** Returns `x` as `[batch, ...shape]`. */
  forward(x: Tensor): Tensor {
    return x.reshape([x.shape[0]!, ...this.shape.map((size) => size ?? -1)]);
  }
}

/** Exchanges the axes of samples. */
export class Permute extends Module {
  /** Where each axis of the result was; the batch, axis 0, stays. */
  readonly axes: readonly number[];

  /** @param axes - where each axis of the result was, from 1 */
  constructor(axes: readonly number[]) {
    super();
    this.axes = axes;
  }

  /** Returns `x` with its axes exchanged. */
  forward(x: Tensor): Tensor {
    return x.transpose([0, ...this.axes]);
  }
}

/** Says the same vector several times: `[batch, features]` becomes `[batch, count, features]`. */
export class RepeatVector extends Module {
  /** How often. */
  readonly count: number;

  /** @param count - how often */
  constructor(count: number) {
    super();
    this.count = count;
  }

  /** Returns `[batch, count, features]`. */
  forward(x: Tensor): Tensor {
    return x.expandDims(1).repeat(this.count, 1);
  }
}

/** Lays zeros around images. */
export class ZeroPadding extends Module {
  /** For each spatial axis. */
  readonly margins: Margins;

  /** @param margins - for each spatial axis */
  constructor(margins: Margins) {
    super();
    this.margins = margins;
  }

  /** Returns `x`, `[batch, ...space, channels]`, with zeros around it. */
  forward(x: Tensor): Tensor {
    return x.pad([[0, 0], ...this.margins, [0, 0]]);
  }
}

/** Cuts the rims of images off. */
export class Cropping extends Module {
  /** For each spatial axis. */
  readonly margins: Margins;

  /** @param margins - for each spatial axis */
  constructor(margins: Margins) {
    super();
    this.margins = margins;
  }

  /** Returns `x`, `[batch, ...space, channels]`, without its rims. */
  forward(x: Tensor): Tensor {
    const begin = this.margins.map(([before]) => before);
    const end = this.margins.map(([, after], axis) => x.shape[axis + 1]! - after);
    return x.slice([0, ...begin], [x.shape[0]!, ...end]);
  }
}

/** Makes images larger by whole factors. */
export class UpSampling extends Module {
  /** For each spatial axis. */
  readonly factors: readonly number[];
  /** How new elements come of old ones. */
  readonly method: "nearest" | "linear";

  /**
   * @param factors - for each spatial axis
   * @param method - how new elements come of old ones
   */
  constructor(factors: readonly number[], method: "nearest" | "linear" = "nearest") {
    super();
    this.factors = factors;
    this.method = method;
  }

  /** Returns `x`, `[batch, ...space, channels]`, larger. */
  forward(x: Tensor): Tensor {
    const size = this.factors.map((factor, axis) => factor * x.shape[axis + 1]!);
    // Without half-pixel centers, as TensorFlow.js' layers call it.
    return resize(x, size, { method: this.method, coordinates: "asymmetric" });
  }
}
