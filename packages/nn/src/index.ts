export * as functional from "./functional/index.ts";
export { Module } from "./module.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { Conv2d, type Conv2dOptions } from "./layers/conv2d.ts";
export { MaxPool2d } from "./layers/max-pool2d.ts";
export { ReLU } from "./layers/relu.ts";
export { Flatten } from "./layers/flatten.ts";
export { Dropout } from "./layers/dropout.ts";
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
