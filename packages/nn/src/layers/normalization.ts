import { ones, Parameter, ShapeError, zeros, type Tensor } from "@tensorloom/tensor";
import { groupNorm, layerNorm, rmsNorm } from "../functional/normalization.ts";
import { Module } from "../module.ts";
import { checkFeatures } from "./input-shape.ts";

/** What {@link LayerNorm}, {@link GroupNorm} and {@link RMSNorm} take. */
export interface NormalizationLayerOptions {
  /** Added to the variance, against a division by zero; 1e-5 by default. */
  readonly epsilon?: number;
  /** Whether a scale (and a shift) are learnt; true by default. */
  readonly affine?: boolean;
}

/** Returns the values of a layer's scale and shift, as functional twins take them. */
function scaleAndShift(layer: { weight: Parameter | undefined; bias?: Parameter | undefined }): {
  weight?: Tensor;
  bias?: Tensor;
} {
  const { weight, bias } = layer;
  return { ...(weight && { weight: weight.value }), ...(bias && { bias: bias.value }) };
}

/** Throws `ShapeError` unless the last axes of `x` are `shape`; returns those axes. */
function lastAxes(layer: string, x: Tensor, shape: readonly number[]): number[] {
  if (x.rank >= shape.length && String(x.shape.slice(-shape.length)) === String(shape)) {
    return shape.map((_, i) => i - shape.length);
  }
  throw new ShapeError(
    `${layer}: x: expected shape [..., ${shape.join(", ")}], got [${x.shape.join(", ")}]`,
  );
}

/**
 * Normalises each sample's features to mean 0 and variance 1, then scales and shifts them.
 *
 * Parameters: `weight` (ones) and `bias` (zeros) of the features' shape.
 *
 * Source: Ba, Kiros and Hinton 2016, "Layer normalization".
 *
 * @example
 * new LayerNorm(2, { epsilon: 0 }).forward(tensor([[1, 3]])).toString(); // => [[-1, 1]]
 */
export class LayerNorm extends Module {
  /** Of the features' shape; undefined without `affine`. */
  readonly weight: Parameter | undefined;
  /** Of the features' shape; undefined without `affine`. */
  readonly bias: Parameter | undefined;
  /** The sizes of the axes that are normalised over, which are the last. */
  readonly shape: readonly number[];
  /** Added to the variance. */
  readonly epsilon: number;

  /**
   * @param shape - the sizes of the last axes, which are normalised over
   * @param options - epsilon, affine
   */
  constructor(shape: number | readonly number[], options: NormalizationLayerOptions = {}) {
    super();
    const { epsilon = 1e-5, affine = true } = options;
    this.shape = typeof shape === "number" ? [shape] : shape;
    this.epsilon = epsilon;
    this.weight = affine ? new Parameter(ones(this.shape), "weight") : undefined;
    this.bias = affine ? new Parameter(zeros(this.shape), "bias") : undefined;
  }

  /**
   * @param x - `[..., ...shape]`
   * @returns the same shape
   */
  forward(x: Tensor): Tensor {
    const axis = lastAxes("LayerNorm", x, this.shape);
    return layerNorm(x, { axis, epsilon: this.epsilon, ...scaleAndShift(this) });
  }
}

/**
 * Divides each sample's features by the root of their mean square, then scales them.
 *
 * Parameters: `weight` (ones) of the features' shape.
 *
 * Source: Zhang and Sennrich 2019, "Root mean square layer normalization".
 *
 * @example
 * new RMSNorm(2, { epsilon: 0 }).forward(tensor([[1, 7]])).toString(); // => [[0.2, 1.4]]
 */
export class RMSNorm extends Module {
  /** Of the features' shape; undefined without `affine`. */
  readonly weight: Parameter | undefined;
  /** The sizes of the axes that are normalised over, which are the last. */
  readonly shape: readonly number[];
  /** Added to the variance. */
  readonly epsilon: number;

  /**
   * @param shape - the sizes of the last axes, which are normalised over
   * @param options - epsilon, affine
   */
  constructor(shape: number | readonly number[], options: NormalizationLayerOptions = {}) {
    super();
    const { epsilon = 1e-5, affine = true } = options;
    this.shape = typeof shape === "number" ? [shape] : shape;
    this.epsilon = epsilon;
    this.weight = affine ? new Parameter(ones(this.shape), "weight") : undefined;
  }

  /**
   * @param x - `[..., ...shape]`
   * @returns the same shape
   */
  forward(x: Tensor): Tensor {
    const axis = lastAxes("RMSNorm", x, this.shape);
    return rmsNorm(x, { axis, epsilon: this.epsilon, ...scaleAndShift(this) });
  }
}

/**
 * Normalises each group of a sample's channels over all places, then scales and shifts them.
 *
 * Parameters: `weight [channels]` (ones), `bias [channels]` (zeros).
 *
 * Source: Wu and He 2018, "Group normalization".
 *
 * @example
 * new GroupNorm(2, 4, { epsilon: 0 }).forward(tensor([[1, 3, 10, 30]])).toString(); // => [[-1, 1, -1, 1]]
 */
export class GroupNorm extends Module {
  /** `[channels]`; undefined without `affine`. */
  readonly weight: Parameter | undefined;
  /** `[channels]`; undefined without `affine`. */
  readonly bias: Parameter | undefined;
  readonly #groups: number;
  readonly #channels: number;
  /** Added to the variance. */
  readonly epsilon: number;

  /**
   * @param groups - how many groups; a divisor of the channels
   * @param channels - the size of the input's last axis
   * @param options - epsilon, affine
   */
  constructor(groups: number, channels: number, options: NormalizationLayerOptions = {}) {
    super();
    const { epsilon = 1e-5, affine = true } = options;
    this.#groups = groups;
    this.#channels = channels;
    this.epsilon = epsilon;
    this.weight = affine ? new Parameter(ones([channels]), "weight") : undefined;
    this.bias = affine ? new Parameter(zeros([channels]), "bias") : undefined;
  }

  /**
   * @param x - `[batch, ...space, channels]`
   * @returns the same shape
   */
  forward(x: Tensor): Tensor {
    checkFeatures("GroupNorm", x, this.#channels);
    return groupNorm(x, this.#groups, { epsilon: this.epsilon, ...scaleAndShift(this) });
  }
}
