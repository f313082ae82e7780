export * as functional from "./functional/index.ts";
export { Module, type LoadOptions } from "./module.ts";
export { ModuleBuffer } from "./module-buffer.ts";
export { observeForward, type ForwardObserver } from "./module-forward.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { Conv1d, Conv2d, Conv3d, type ConvolutionLayerOptions } from "./layers/convolution.ts";
export { ConvTranspose2d, type ConvTranspose2dOptions } from "./layers/transposed-convolution.ts";
export {
  DepthwiseConv2d,
  SeparableConv2d,
  type DepthwiseLayerOptions,
} from "./layers/depthwise-convolution.ts";
export {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  GlobalAvgPool,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
} from "./layers/pooling.ts";
export { BatchNorm, type BatchNormLayerOptions } from "./layers/batch-norm.ts";
export {
  GroupNorm,
  LayerNorm,
  RMSNorm,
  type NormalizationLayerOptions,
} from "./layers/normalization.ts";
export { Activation, ReLU } from "./layers/activation.ts";
export { Flatten } from "./layers/flatten.ts";
export { DropConnect, Dropout, SpatialDropout } from "./layers/dropout.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export {
  GRU,
  LSTM,
  RNN,
  type RecurrentCall,
  type RecurrentLayerOptions,
} from "./layers/recurrent.ts";
export { Residual } from "./layers/residual.ts";
export { Sequential } from "./layers/sequential.ts";
export { crossEntropy, type CrossEntropyOptions } from "./losses/cross-entropy.ts";
export type { Reduction } from "./losses/reduction.ts";
export type { TrainingData } from "./training/batches.ts";
export {
  earlyStopping,
  type Callback,
  type EarlyStoppingOptions,
  type TrainingContext,
} from "./training/callbacks.ts";
export { evaluate, predict, type EvaluateOptions, type Loss } from "./training/evaluate.ts";
export { fit, type FitOptions } from "./training/fit.ts";
export { History, type EpochRecord } from "./training/history.ts";
export { accuracy, type Metric, type MetricName } from "./training/metrics.ts";
export type { ProgressOption } from "./training/progress.ts";
