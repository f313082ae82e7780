import {
  Activation,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  BatchNorm,
  Dropout,
  Embedding,
  Flatten,
  GlobalAvgPool,
  GlobalMaxPool,
  LayerNorm,
  Linear,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  ReLU,
  SpatialDropout,
} from "@tensorloom/nn";
import { arange, where, type AveragePoolingOptions } from "@tensorloom/tensor";
import { FileActivation, layerOf } from "../activations.ts";
import { LookUp, Masking } from "../modules/masking.ts";
import { Concatenate, Dot, Merge } from "../modules/merging.ts";
import { AlphaDropout, GaussianDropout, GaussianNoise } from "../modules/noise.ts";
import { PReLU } from "../modules/prelu.ts";
import { CategoryEncoding, CenterCrop, Resizing } from "../modules/preprocessing.ts";
import {
  Cropping,
  Permute,
  RepeatVector,
  Reshape,
  UpSampling,
  ZeroPadding,
} from "../modules/rearranging.ts";
import {
  refused,
  writes,
  written,
  type LayerWriter,
  type WriterEntry,
  type WrittenLayer,
} from "../written-layer.ts";
import { paddingOf, perAxis } from "./convolutions.ts";

const linear: LayerWriter<Linear> = ({ weight, bias }, rank) => [
  written(
    "Dense",
    rank,
    { units: weight.shape[0]!, use_bias: bias !== undefined },
    { kernel: weight.value.transpose(), bias: bias?.value },
  ),
];

const activation: LayerWriter<Activation> = (module, rank) => {
  const layer = layerOf(module);
  if (layer !== undefined) return [written(layer.className, rank, layer.config)];
  const { activation: given } = module;
  const name = module instanceof FileActivation ? module.layer.config["activation"] : given;
  throw refused(typeof name === "string" ? name : "a function of your own");
};

function pooling(kind: "Max" | "Average", axes: number): LayerWriter<MaxPool2d | AvgPool2d> {
  return ({ window, options }, rank) => {
    const {
      padding,
      stride,
      dilation,
      ceilMode,
      countIncludePad = true,
    }: AveragePoolingOptions = options;
    const { word, margins } = paddingOf(padding, axes);
    if (margins !== undefined) throw refused("padding by numbers");
    if (perAxis(dilation, axes).some((step) => step > 1)) throw refused("dilation");
    if (ceilMode === true) throw refused("ceilMode");
    if (kind === "Average" && word === "same" && countIncludePad) throw refused("countIncludePad");
    const size = perAxis(window, axes);
    const strides = stride === undefined ? size : perAxis(stride, axes);
    return [written(`${kind}Pooling${axes}D`, rank, { pool_size: size, strides, padding: word })];
  };
}

function globalPooling(kind: "Max" | "Average"): LayerWriter<unknown> {
  return (_, rank) => {
    if (rank !== 3 && rank !== 4) throw refused(`an input of ${rank} axes`);
    return [written(`Global${kind}Pooling${rank - 2}D`, 2)];
  };
}

const batchNorm: LayerWriter<BatchNorm> = (layer, rank) => [
  written(
    "BatchNormalization",
    rank,
    {
      axis: -1,
      momentum: 1 - layer.momentum,
      epsilon: layer.epsilon,
      scale: layer.weight !== undefined,
      center: layer.bias !== undefined,
    },
    {
      gamma: layer.weight?.value,
      beta: layer.bias?.value,
      moving_mean: layer.runningMean.value,
      moving_variance: layer.runningVariance.value,
    },
  ),
];

const layerNorm: LayerWriter<LayerNorm> = ({ shape, epsilon, weight, bias }, rank) => [
  written(
    "LayerNormalization",
    rank,
    {
      axis: shape.map((_, i) => rank - shape.length + i),
      epsilon,
      scale: weight !== undefined,
      center: bias !== undefined,
    },
    { gamma: weight?.value, beta: bias?.value },
  ),
];

const spatialDropout: LayerWriter<SpatialDropout> = ({ rate }, rank) => {
  if (rank === 3) return [written("SpatialDropout1D", rank, { rate })];
  const noise = Array.from({ length: rank }, (_, axis) => (axis % (rank - 1) === 0 ? null : 1));
  return [written("Dropout", rank, { rate, noise_shape: noise })];
};

function embedding(layer: Embedding, masksZero: boolean, rank: number): WrittenLayer[] {
  const { weight, paddingIndex } = layer;
  const [count, size] = weight.shape as readonly [number, number];
  // The row that is not looked up is zeros here.
  const isLearnt = paddingIndex === undefined ? undefined : arange(count).notEqual(paddingIndex);
  const embeddings =
    isLearnt === undefined ? weight.value : where(isLearnt.expandDims(1), weight.value, 0);
  const config = { input_dim: count, output_dim: size, mask_zero: masksZero };
  return [written("Embedding", rank + 1, config, { embeddings })];
}

const prelu: LayerWriter<PReLU> = ({ weight }, rank) => {
  const shared = weight.shape.flatMap((size, axis) => (size === 1 ? [axis + 1] : []));
  return [written("PReLU", rank, { shared_axes: shared }, { alpha: weight.value })];
};

function images<M>(
  className: string,
  config: (module: M) => WrittenLayer["config"],
): LayerWriter<M> {
  return (module, rank) => {
    if (rank !== 4) throw refused(`an input of ${rank} axes`);
    return [written(className, rank, config(module))];
  };
}

const mergeClasses = {
  add: "Add",
  multiply: "Multiply",
  average: "Average",
  maximum: "Maximum",
  minimum: "Minimum",
} as const;

/** Layers that are one of TensorFlow.js'. */
export const simpleWriters: readonly WriterEntry[] = [
  writes(Linear, linear),
  writes(Activation, activation),
  writes(ReLU, activation),
  writes(FileActivation, activation),
  writes(PReLU, prelu),
  writes(MaxPool1d, pooling("Max", 1)),
  writes(MaxPool2d, pooling("Max", 2)),
  writes(MaxPool3d, pooling("Max", 3)),
  writes(AvgPool1d, pooling("Average", 1)),
  writes(AvgPool2d, pooling("Average", 2)),
  writes(AvgPool3d, pooling("Average", 3)),
  writes(GlobalAvgPool, globalPooling("Average")),
  writes(GlobalMaxPool, globalPooling("Max")),
  writes(BatchNorm, batchNorm),
  writes(LayerNorm, layerNorm),
  // Its own refuses what is flat already.
  writes(Flatten, (_, rank) => (rank === 2 ? [] : [written("Flatten", 2)])),
  writes(Dropout, ({ rate }, rank) => [written("Dropout", rank, { rate })]),
  writes(SpatialDropout, spatialDropout),
  writes(GaussianNoise, ({ strength }, rank) => [
    written("GaussianNoise", rank, { stddev: strength }),
  ]),
  writes(GaussianDropout, ({ strength }, rank) => [
    written("GaussianDropout", rank, { rate: strength }),
  ]),
  writes(AlphaDropout, ({ strength }, rank) => [written("AlphaDropout", rank, { rate: strength })]),
  writes(Embedding, (layer, rank) => embedding(layer, false, rank)),
  writes(LookUp, (layer, rank) => embedding(layer.embedding, layer.masksZero, rank)),
  writes(Masking, ({ value }, rank) => [written("Masking", rank, { mask_value: value })]),
  writes(Reshape, ({ shape }) => [
    written("Reshape", shape.length + 1, { target_shape: [...shape] }),
  ]),
  writes(Permute, ({ axes }, rank) => [written("Permute", rank, { dims: [...axes] })]),
  writes(RepeatVector, ({ count }) => [written("RepeatVector", 3, { n: count })]),
  writes(
    ZeroPadding,
    images("ZeroPadding2D", ({ margins }) => ({ padding: margins as never })),
  ),
  writes(
    Cropping,
    images("Cropping2D", ({ margins }) => ({ cropping: margins as never })),
  ),
  writes(
    UpSampling,
    images("UpSampling2D", ({ factors, method }) => ({
      size: [...factors],
      interpolation: method === "linear" ? "bilinear" : "nearest",
    })),
  ),
  writes(
    Resizing,
    images("Resizing", ({ size: [height, width], method, alignsCorners }) => ({
      height,
      width,
      interpolation: method === "linear" ? "bilinear" : "nearest",
      crop_to_aspect_ratio: !alignsCorners,
    })),
  ),
  writes(
    CenterCrop,
    images("CenterCrop", ({ size: [height, width] }) => ({ height, width })),
  ),
  writes(CategoryEncoding, ({ count, mode }) => [
    written("CategoryEncoding", 2, {
      num_tokens: count,
      output_mode: mode.replace("Hot", "_hot"),
    }),
  ]),
  writes(Merge, ({ mode }, rank) => [written(mergeClasses[mode], rank)]),
  writes(Concatenate, ({ axis }, rank) => [written("Concatenate", rank, { axis })]),
  writes(Dot, ({ axes, normalize }, rank) => [
    written("Dot", rank, { axes: [...axes], normalize }),
  ]),
];
