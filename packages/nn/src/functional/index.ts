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
