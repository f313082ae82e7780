export {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
  type BatchNormOptions,
  type LayerNormOptions,
  type NormalizationOptions,
} from "./normalization.ts";
export { scaledDotProductAttention, type AttentionOptions } from "./attention.ts";
export { linear } from "./linear.ts";
export { spatialDropout } from "./dropping.ts";
export {
  gru,
  lstm,
  rnn,
  type LstmOptions,
  type LstmResult,
  type RecurrentOptions,
  type RecurrentResult,
} from "./recurrent/recurrent.ts";
export type { RecurrentWeights } from "./recurrent/cell.ts";
export type { RnnActivation } from "./recurrent/rnn-cell.ts";
export { multiHeadAttention, type AttentionWeights } from "./multi-head-attention.ts";
export { traceNorm } from "./trace-norm.ts";
