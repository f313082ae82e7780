export { accuracy, confusionMatrix } from "./classification.ts";
export { r2 } from "./regression.ts";
export type { WeightedMetricOptions } from "./pairs.ts";
