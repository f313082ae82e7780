export { balancedAccuracy, cohenKappa, matthewsCorrcoef } from "./agreement.ts";
export { accuracy, confusionMatrix, type ConfusionMatrixOptions } from "./classification.ts";
export {
  classificationReport,
  type ClassificationReport,
  type ReportLine,
} from "./classification-report.ts";
export {
  adjustedMutualInfo,
  adjustedRand,
  fowlkesMallows,
  mutualInfo,
  normalizedMutualInfo,
  rand,
  vMeasure,
  type MutualInfoOptions,
  type VMeasure,
} from "./clusterings.ts";
export {
  calinskiHarabasz,
  daviesBouldin,
  silhouette,
  silhouetteSamples,
  type SilhouetteOptions,
} from "./clusters.ts";
export type { WeightedMetricOptions } from "./pairs.ts";
export {
  classScores,
  f1,
  fBeta,
  precision,
  recall,
  type AverageOptions,
  type ClassScores,
} from "./precision-recall.ts";
export { brierScore, logLoss, topKAccuracy, type ProbabilityOptions } from "./probabilities.ts";
export {
  auc,
  averagePrecision,
  precisionRecallCurve,
  rocCurve,
  type CurveOptions,
  type PrecisionRecallCurve,
  type RocCurve,
} from "./ranking.ts";
export {
  explainedVariance,
  mae,
  mape,
  maxError,
  medianAe,
  mse,
  msle,
  r2,
  rmse,
} from "./regression.ts";
export { rocAuc, type RocAucOptions } from "./roc-auc.ts";
export type { Scores } from "./scores.ts";
