import {
  ArgumentError,
  customGrad,
  elementwise,
  Expr,
  gradientOrder,
  mean,
  noGrad,
  ones,
  reshape,
  rowKernel,
  ShapeError,
  sumOf,
  tidy,
  variance,
  withBackend,
  type Tensor,
} from "@tensorloom/tensor";

/** What normalisations take beside the input. */
export interface NormalizationOptions {
  /** Multiplies the normalised elements; a shape that broadcasts from the last axis. */
  readonly weight?: Tensor;
  /** Added at the end; as `weight`. */
  readonly bias?: Tensor;
  /** Added to the variance, against a division by zero; 1e-5 by default. */
  readonly epsilon?: number;
}

/** What {@link layerNorm} and {@link rmsNorm} take beside the input. */
export interface LayerNormOptions extends NormalizationOptions {
  /** The axes normalised over; the last by default. */
  readonly axis?: number | readonly number[];
}

/** What {@link batchNorm} takes beside the input. */
export interface BatchNormOptions extends NormalizationOptions {
  /** `[channels]`: the mean to subtract; the batch's own by default. */
  readonly mean?: Tensor;
  /** `[channels]`: the variance to divide by; the batch's own (of the population) by default. */
  readonly variance?: Tensor;
}

const normalize = elementwise((x, center, spread, epsilon) =>
  x.sub(center).div(spread.add(epsilon).sqrt()),
);
const normalizeAndScale = elementwise((x, center, spread, epsilon, weight) =>
  x.sub(center).div(spread.add(epsilon).sqrt()).mul(weight),
);
const normalizeScaleAndShift = elementwise((x, center, spread, epsilon, weight, bias) =>
  x.sub(center).div(spread.add(epsilon).sqrt()).mul(weight).add(bias),
);

/** Returns the axes counted from the front, in order. */
function axesOf(operation: string, x: Tensor, axis: number | readonly number[]): number[] {
  const list = typeof axis === "number" ? [axis] : axis;
  const axes = list.map((a) => (a < 0 ? a + x.rank : a));
  const isLegal = axes.every((a) => Number.isInteger(a) && a >= 0 && a < x.rank);
  if (isLegal && new Set(axes).size === axes.length) return axes.toSorted((a, b) => a - b);
  throw new ArgumentError(
    `${operation}: axis: expected whole numbers in [${-x.rank}, ${x.rank - 1}], each once, got [${list.join(", ")}]`,
  );
}

/** Throws unless scale and shift broadcast to the shape of `x`, and epsilon is a number. */
function checkOptions(
  operation: string,
  x: Tensor,
  { weight, bias, epsilon = 1e-5 }: NormalizationOptions,
): void {
  if (!(epsilon >= 0)) {
    throw new ArgumentError(
      `${operation}: epsilon: expected a number of 0 or more, got ${String(epsilon)}`,
    );
  }
  for (const [name, parameter] of Object.entries({ weight, bias })) {
    if (parameter === undefined) continue;
    const before = x.rank - parameter.rank;
    const fits =
      before >= 0 && parameter.shape.every((n, axis) => n === 1 || n === x.shape[before + axis]);
    if (fits) continue;
    throw new ShapeError(
      `${operation}: ${name}: expected a shape that broadcasts to [${x.shape.join(", ")}], ` +
        `got [${parameter.shape.join(", ")}]`,
    );
  }
}

/** Normalises by statistics that are given. */
function normalized(
  x: Tensor,
  center: Tensor,
  spread: Tensor,
  { weight, bias, epsilon = 1e-5 }: NormalizationOptions,
): Tensor {
  if (bias !== undefined) {
    return normalizeScaleAndShift(x, center, spread, epsilon, weight ?? 1, bias);
  }
  return weight === undefined
    ? normalize(x, center, spread, epsilon)
    : normalizeAndScale(x, center, spread, epsilon, weight);
}

/** Normalises rows by their own statistics, then scales and shifts where there are as many inputs; and the statistics. */
const normalizeRows = [1, 2, 3].map((inputCount) =>
  rowKernel(inputCount, 1, (row, [x, weight, bias], [epsilon]) => {
    const center = row.sum(x!).div(row.count);
    const deviation = x!.sub(center);
    const spread = row.sum(deviation.square()).div(row.count);
    const unit = deviation.mul(Expr.constant(1).div(spread.add(epsilon!).sqrt()));
    const scaled = weight === undefined ? unit : unit.mul(weight);
    return [bias === undefined ? scaled : scaled.add(bias), center, spread];
  }),
);

function normalizedRows(
  x: Tensor,
  axes: readonly number[],
  { weight, bias, epsilon = 1e-5 }: NormalizationOptions,
): readonly [Tensor, Tensor, Tensor] {
  const inputs = [x];
  if (weight !== undefined) inputs.push(weight);
  if (bias !== undefined) inputs.push(...(weight === undefined ? [oneLike(x)] : []), bias);
  const run = normalizeRows[inputs.length - 1]!;
  return run(inputs, [epsilon], axes) as unknown as readonly [Tensor, Tensor, Tensor];
}

function oneLike(x: Tensor): Tensor {
  return withBackend(x.backend, () => ones([], x.dtype));
}

/** Returns the axes of `x` along which a parameter, whose shape broadcasts from the last axis, is the same. */
function stretchedAxes(parameter: Tensor, x: Tensor): number[] {
  const before = x.rank - parameter.rank;
  return x.shape.flatMap((size, axis) =>
    axis < before || (parameter.shape[axis - before] === 1 && size !== 1) ? [axis] : [],
  );
}

/** What {@link normalizedOver} gives. */
export interface Normalized {
  /** The normalised, scaled and shifted elements. */
  readonly output: Tensor;
  /** The mean, with reduced axes of size 1; no gradient passes through it. */
  readonly mean: Tensor;
  /** The variance of the population, as `mean`. */
  readonly variance: Tensor;
}

const rootInverse = elementwise((spread, epsilon) =>
  Expr.constant(1).div(spread.add(epsilon).sqrt()),
);
const alongNormalized = sumOf((gradient, x, center, inverse) =>
  gradient.mul(x.sub(center)).mul(inverse),
);
const toInputOfRows = rowKernel(5, 0, (row, [gradient, x, center, inverse, weight]) => {
  const scaled = gradient!.mul(weight!);
  const unit = x!.sub(center!).mul(inverse!);
  const along = row.sum(scaled.mul(unit));
  return [scaled.sub(row.sum(scaled).add(unit.mul(along)).div(row.count)).mul(inverse!)];
});
const toInputOf = elementwise((gradient, x, center, inverse, weight, total, along, count) =>
  gradient
    .mul(weight)
    .sub(total.add(x.sub(center).mul(inverse).mul(along)).div(count))
    .mul(inverse),
);

/**
 * Normalises over axes by the statistics of `x` itself. The gradient is one of its own, of a few passes instead of some ten
 * (Ioffe and Szegedy 2015, section 3); in a gradient of a gradient, that of the operations that it is made of.
 */
export function normalizedOver(
  x: Tensor,
  axes: readonly number[],
  options: NormalizationOptions,
): Normalized {
  const { weight, bias, epsilon = 1e-5 } = options;
  if (gradientOrder() !== 1) {
    const [output, center, spread] = normalizedRows(x, axes, options);
    return { output, mean: center, variance: spread };
  }
  const [result, center, spread] = noGrad(() => normalizedRows(x, axes, options));
  const count = x.size / center.size;
  const parameters = [weight, bias].filter((parameter) => parameter !== undefined);
  const run = customGrad(
    () => result,
    (gradient, [given, ownMean, ownVariance, ...own]) => {
      const scale = weight && own[0];
      const shift = bias && own.at(-1);
      const shared = [given!, ownMean!, rootInverse(ownVariance!, epsilon)] as const;
      const toScale =
        scale &&
        alongNormalized([gradient, ...shared], stretchedAxes(scale, x)).reshape(scale.shape);
      const toShift = shift && gradient.sum(stretchedAxes(shift, x)).reshape(shift.shape);
      // Not of x itself, which its caller may have disposed by now.
      const factor = scale ?? oneLike(given!);
      // A scale that is the same over all that is normalised comes out of the sums, which are then known already.
      const isOutside = toScale && toShift && String(stretchedAxes(factor, x)) === String(axes);
      const outside = (sum: Tensor): Tensor => sum.mul(factor).reshape(ownMean!.shape);
      const toInput = isOutside
        ? toInputOf(gradient, ...shared, factor, outside(toShift), outside(toScale), count)
        : toInputOfRows([gradient, ...shared, factor], [], axes)[0]!;
      const toParameters = [toScale, toShift].filter((one) => one !== undefined);
      return [toInput, undefined, undefined, ...toParameters];
    },
  );
  return { output: run(x, center, spread, ...parameters), mean: center, variance: spread };
}

/**
 * Returns `x` with each sample's features at mean 0 and variance 1, then scaled and shifted.
 *
 * @param x - any shape
 * @param options - `axis`, `weight`, `bias`, `epsilon`
 * @throws `ArgumentError` for an axis out of range; `ShapeError` for a scale or shift that does not broadcast
 *
 * Source: Ba, Kiros and Hinton 2016, "Layer normalization".
 *
 * @example
 * functional.layerNorm(tensor([[1, 3]]), { epsilon: 0 }).toString(); // => [[-1, 1]]
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  return tidy(() => {
    const { axis = -1, ...parameters } = options;
    const axes = axesOf("layerNorm", x, axis);
    checkOptions("layerNorm", x, parameters);
    return normalizedOver(x, axes, parameters).output;
  });
}

const divideByRoot = [1, 2].map((inputCount) =>
  rowKernel(inputCount, 1, (row, [x, weight], [epsilon]) => {
    const meanSquare = row.sum(x!.square()).div(row.count);
    const unit = x!.mul(Expr.constant(1).div(meanSquare.add(epsilon!).sqrt()));
    return [weight === undefined ? unit : unit.mul(weight)];
  }),
);

/**
 * Returns `x` divided by the root of its mean square over axes, then scaled.
 *
 * @param x - any shape
 * @param options - `axis`, `weight`, `epsilon`
 * @throws `ArgumentError` for an axis out of range; `ShapeError` for a scale that does not broadcast
 *
 * Source: Zhang and Sennrich 2019, "Root mean square layer normalization".
 *
 * @example
 * functional.rmsNorm(tensor([[1, 7]]), { epsilon: 0 }).toString(); // => [[0.2, 1.4]]
 */
export function rmsNorm(x: Tensor, options: Omit<LayerNormOptions, "bias"> = {}): Tensor {
  return tidy(() => {
    const { axis = -1, weight, epsilon = 1e-5 } = options;
    const axes = axesOf("rmsNorm", x, axis);
    checkOptions("rmsNorm", x, options);
    const inputs = weight === undefined ? [x] : [x, weight];
    return divideByRoot[inputs.length - 1]!(inputs, [epsilon], axes)[0]!;
  });
}

/**
 * Returns `x` with each channel at mean 0 and variance 1, over the batch and all places, or with the statistics given;
 * then scaled and shifted.
 *
 * @param x - `[batch, ...space, channels]`
 * @param options - `mean`, `variance`, `weight`, `bias`, `epsilon`
 * @throws `ShapeError` for a scale or shift that does not broadcast
 *
 * Source: Ioffe and Szegedy 2015, "Batch normalization".
 *
 * @example
 * functional.batchNorm(tensor([[1, 5], [3, 5]]), { epsilon: 1e-12 }).toString(); // => [[-1, 0], [1, 0]]
 */
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): Tensor {
  return tidy(() => {
    const axes = Array.from({ length: Math.max(0, x.rank - 1) }, (_, axis) => axis);
    const { mean: center, variance: spread, ...parameters } = options;
    checkOptions("batchNorm", x, parameters);
    if (center === undefined && spread === undefined) {
      return normalizedOver(x, axes, parameters).output;
    }
    return normalized(x, center ?? mean(x, axes), spread ?? variance(x, axes), parameters);
  });
}

/**
 * Returns `x` with each group of a sample's channels at mean 0 and variance 1, over all places; then scaled and shifted.
 *
 * @param x - `[batch, ...space, channels]`
 * @param groups - how many groups; a divisor of the channels
 * @param options - `weight`, `bias`, `epsilon`
 * @throws `ShapeError` below rank 2; `ArgumentError` unless `groups` divides the channels
 *
 * Source: Wu and He 2018, "Group normalization".
 *
 * @example
 * functional.groupNorm(tensor([[1, 3, 10, 30]]), 2, { epsilon: 0 }).toString(); // => [[-1, 1, -1, 1]]
 */
export function groupNorm(x: Tensor, groups: number, options: NormalizationOptions = {}): Tensor {
  return tidy(() => {
    const channels = x.shape.at(-1) ?? 0;
    if (x.rank < 2) {
      throw new ShapeError(
        `groupNorm: x: expected [batch, ...space, channels], got [${x.shape.join(", ")}]; try expandDims(x, 0)`,
      );
    }
    if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
      throw new ArgumentError(
        `groupNorm: groups: expected a divisor of ${channels} channels, got ${groups}`,
      );
    }
    checkOptions("groupNorm", x, options);
    const grouped = reshape(x, [...x.shape.slice(0, -1), groups, channels / groups]);
    const space = Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
    const axis = [...space, -1];
    const apart = (parameter: Tensor): Tensor => reshape(parameter, [groups, channels / groups]);
    const { weight, bias, epsilon } = options;
    const result = layerNorm(grouped, {
      axis,
      ...(weight === undefined ? {} : { weight: apart(weight) }),
      ...(bias === undefined ? {} : { bias: apart(bias) }),
      ...(epsilon === undefined ? {} : { epsilon }),
    });
    return reshape(result, x.shape);
  });
}

/**
 * Returns `x` with each channel of each sample at mean 0 and variance 1, over all places; then scaled and shifted.
 *
 * @param x - `[batch, ...space, channels]`
 * @param options - `weight`, `bias`, `epsilon`
 * @throws `ShapeError` without places to normalise over
 *
 * Source: Ulyanov, Vedaldi and Lempitsky 2016, "Instance normalization".
 *
 * @example
 * functional.instanceNorm(tensor([[[1], [3]]]), { epsilon: 0 }).toString(); // => [[[-1], [1]]]
 */
export function instanceNorm(x: Tensor, options: NormalizationOptions = {}): Tensor {
  if (x.rank < 3) {
    throw new ShapeError(
      `instanceNorm: x: expected [batch, ...space, channels], got [${x.shape.join(", ")}]`,
    );
  }
  checkOptions("instanceNorm", x, options);
  const axis = Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
  return layerNorm(x, { ...options, axis });
}
