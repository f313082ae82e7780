import { BatchNorm, Dropout, LayerNorm, SpatialDropout, type Module } from "@tensorloom/nn";
import { UnsupportedError, type Tensor } from "@tensorloom/tensor";
import type { Config } from "../config.ts";
import { loaded, type LayerKind, type LayerParts, type WeightShapes } from "../layer-kind.ts";
import { AlphaDropout, GaussianDropout, GaussianNoise } from "../modules/noise.ts";
import { fromLast, knownRank, toLast } from "./channel-order.ts";

function scaleAndShift(config: Config, shape: readonly null[]): WeightShapes {
  return {
    ...(config.flag("scale", true) && { gamma: shape }),
    ...(config.flag("center", true) && { beta: shape }),
  };
}

/** Gives a layer its scale and shift; what the file has not stays one or zero, and is not learnt. */
function normalizing(
  layer: BatchNorm | LayerNorm,
  { gamma, beta }: { readonly gamma?: Tensor; readonly beta?: Tensor },
  buffers: Readonly<Record<string, Tensor>> = {},
): readonly Module[] {
  loaded(layer, { ...(gamma && { weight: gamma }), ...(beta && { bias: beta }), ...buffers });
  if (layer.weight !== undefined) layer.weight.trainable = gamma !== undefined;
  if (layer.bias !== undefined) layer.bias.trainable = beta !== undefined;
  return [layer];
}

/** Throws unless the axes, counted from either end, are the last ones in their order. */
function checkLast(config: Config, axes: readonly number[], rank: number): void {
  const isLast = axes.every((axis, i) => {
    const fromEnd = i - axes.length;
    return axis === fromEnd || axis === rank + fromEnd;
  });
  if (isLast) return;
  throw new UnsupportedError(
    `fromTfjsLayers: ${config.place}: axis: expected the last axes, got ${axes.join(", ")} of ${rank}`,
  );
}

const batchNormalization: LayerKind = {
  weights: (config) => ({
    ...scaleAndShift(config, [null]),
    moving_mean: [null],
    moving_variance: [null],
  }),
  passesMask: true,
  build({ config, weights, rank }: LayerParts) {
    const [axis, ...others] = config.integers("axis", [-1]);
    if (others.length > 0) checkLast(config, [axis!, ...others], rank);
    const { moving_mean: runningMean, moving_variance: runningVariance } = weights;
    const layer = new BatchNorm(runningMean!.shape[0]!, {
      epsilon: config.number("epsilon", 1e-3),
      // How much is new here, how much stays there.
      momentum: 1 - config.number("momentum", 0.99),
      affine: weights["gamma"] !== undefined || weights["beta"] !== undefined,
    });
    const modules = normalizing(layer, weights, {
      runningMean: runningMean!,
      runningVariance: runningVariance!,
    });
    if (axis === -1 || axis === rank - 1) return modules;
    const axes = knownRank(config, rank) - 1;
    const own = axis! < 0 ? axis! + rank : axis!;
    if (own < 1 || own > axes) checkLast(config, [axis!], rank);
    return [toLast(own, axes), ...modules, fromLast(own, axes)];
  },
};

const layerNormalization: LayerKind = {
  refusal: (config) =>
    config.flag("scale", true) || config.flag("center", true)
      ? undefined
      : "without scale and center",
  weights: (config) =>
    scaleAndShift(
      config,
      config.integers("axis", [-1]).map(() => null),
    ),
  passesMask: true,
  build({ config, weights, rank }) {
    checkLast(config, config.integers("axis", [-1]), rank);
    const { shape } = (weights["gamma"] ?? weights["beta"])!;
    return normalizing(new LayerNorm(shape, { epsilon: config.number("epsilon", 1e-3) }), weights);
  },
};

function rateOf(config: Config, key = "rate"): number {
  const rate = config.number(key);
  if (rate >= 0 && rate < 1) return rate;
  throw new UnsupportedError(
    `fromTfjsLayers: ${config.place}: ${key}: expected a number in [0, 1), got ${rate}`,
  );
}

/** Whether a dropout's shape of noise is that of whole channels: `[null, 1, ..., null]`. */
function isSpatial(config: Config): boolean {
  const noise = config.raw("noise_shape");
  return (
    Array.isArray(noise) &&
    noise.length > 2 &&
    noise.every((size, axis) => size === (axis === 0 || axis === noise.length - 1 ? null : 1))
  );
}

const dropout: LayerKind = {
  refusal: (config) =>
    config.raw("noise_shape") === undefined || isSpatial(config) ? undefined : "noise_shape",
  passesMask: true,
  build: ({ config }) => [
    isSpatial(config) ? new SpatialDropout(rateOf(config)) : new Dropout(rateOf(config)),
  ],
};

const spatialDropout: LayerKind = {
  passesMask: true,
  build: ({ config }) => [new SpatialDropout(rateOf(config))],
};

/** Layers that normalise, and layers that disturb training. */
export const normalizationKinds: Readonly<Record<string, LayerKind>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Dropout: dropout,
  SpatialDropout1D: spatialDropout,
  SpatialDropout2D: spatialDropout,
  SpatialDropout3D: spatialDropout,
  GaussianNoise: {
    passesMask: true,
    build: ({ config }) => [new GaussianNoise(config.number("stddev"))],
  },
  GaussianDropout: {
    passesMask: true,
    build: ({ config }) => [new GaussianDropout(rateOf(config))],
  },
  AlphaDropout: {
    passesMask: true,
    build: ({ config }) => [new AlphaDropout(rateOf(config))],
  },
};
