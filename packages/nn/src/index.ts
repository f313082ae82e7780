export * as initializers from "./initializers.ts";
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
  GlobalMaxPool,
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
export {
  MultiHeadAttention,
  type AttentionCall,
  type MultiHeadAttentionOptions,
} from "./layers/multi-head-attention.ts";
export {
  TransformerEncoderLayer,
  type TransformerEncoderLayerOptions,
} from "./layers/transformer-encoder-layer.ts";
export { Residual } from "./layers/residual.ts";
export { Sequential } from "./layers/sequential.ts";
export { l1Loss, huberLoss, mseLoss } from "./losses/regression.ts";
export { crossEntropy, type CrossEntropyOptions } from "./losses/cross-entropy.ts";
export {
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
} from "./losses/binary-cross-entropy.ts";
export { hingeLoss, type HingeOptions } from "./losses/hinge.ts";
export { focalLoss, type FocalOptions } from "./losses/focal.ts";
export { klDivergence, type DivergenceOptions } from "./losses/kl-divergence.ts";
export {
  cosineEmbeddingLoss,
  tripletLoss,
  type TripletOptions,
} from "./losses/embedding-losses.ts";
export { ctcLoss, type CtcOptions } from "./losses/ctc.ts";
export type { LossOptions, Reduction } from "./losses/reduction.ts";
export { ModelSummary, summary, type LayerSummary, type SeparableSummary } from "./summary.ts";
export { mlp, type MlpOptions } from "./models/mlp.ts";
export { lenet, type LenetOptions } from "./models/lenet.ts";
export { resnet, ResNet, type ResnetOptions } from "./models/resnet.ts";
export type { Shortcut } from "./models/resnet-blocks.ts";
export { mobileNetV1, type MobileNetOptions } from "./models/mobilenet.ts";
export {
  sequenceClassifier,
  SequenceClassifier,
  type SequenceClassifierOptions,
} from "./models/sequence-classifier.ts";
export { fromPyTorch } from "./models/pytorch-weights.ts";
export type { Batch, BatchStream, TrainingData, TrainingSource } from "./training/batches.ts";
export type {
  Callback,
  CallbackState,
  MonitorOptions,
  NonFiniteLoss,
  TrainingContext,
} from "./training/callbacks/callback.ts";
export { csvLogger, type LineSink } from "./training/callbacks/csv-logger.ts";
export { earlyStopping, type EarlyStoppingOptions } from "./training/callbacks/early-stopping.ts";
export {
  learningRateSchedule,
  type FollowedSchedule,
  type LearningRateScheduleOptions,
} from "./training/callbacks/learning-rate-schedule.ts";
export {
  modelCheckpoint,
  type ModelCheckpointOptions,
} from "./training/callbacks/model-checkpoint.ts";
export { terminateOnNaN } from "./training/callbacks/terminate-on-nan.ts";
export { loadCheckpoint, type Checkpoint } from "./training/checkpoint.ts";
export {
  evaluate,
  predict,
  type EvaluateOptions,
  type Loss,
  type PredictOptions,
} from "./training/evaluate.ts";
export { fit, type FitOptions } from "./training/fit.ts";
export { History, type EpochRecord } from "./training/history.ts";
export { auc } from "./training/metrics/auc.ts";
export {
  accuracy,
  f1,
  precision,
  recall,
  topKAccuracy,
  type ClassAverage,
  type ClassScoreOptions,
} from "./training/metrics/classification.ts";
export type {
  EpochMetric,
  Metric,
  MetricLike,
  MetricName,
  MetricsOption,
  MetricState,
} from "./training/metrics/metric.ts";
export { meanAbsoluteError, meanSquaredError, r2 } from "./training/metrics/regression.ts";
export type { ProgressOption } from "./training/progress.ts";
export {
  crossValidate,
  CrossValidation,
  type CrossValidateOptions,
  type Fold,
} from "./training/cross-validate.ts";
export { l1, l1l2, l2, type Regularized, type Regularizer } from "./training/regularizers.ts";
export { averageModels } from "./ensembles/average-models.ts";
export { baggingEnsemble, type BaggingEnsembleOptions } from "./ensembles/bagging.ts";
export { Ensemble, type Combination } from "./ensembles/ensemble.ts";
export { snapshotEnsemble, type SnapshotEnsembleOptions } from "./ensembles/snapshot.ts";
export {
  HardSharing,
  type HardSharingOptions,
  type TaskModules,
} from "./multi-task/hard-sharing.ts";
export {
  multiTaskLoss,
  type ByTask,
  type MultiTaskLossOptions,
} from "./multi-task/multi-task-loss.ts";
export { SoftSharing, type SoftSharingOptions } from "./multi-task/soft-sharing.ts";
export {
  iterativePruning,
  type PruningSchedule,
  type PruningStep,
} from "./pruning/iterative-pruning.ts";
export { loadPrunedState, sparsity } from "./pruning/masks.ts";
export type { PruningMethod } from "./pruning/neuron-scores.ts";
export { pruneWeights, type PruneOptions } from "./pruning/prune-weights.ts";
export { removePrunedChannels } from "./pruning/remove-pruned-channels.ts";
