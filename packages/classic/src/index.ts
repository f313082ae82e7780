export { Estimator, type EstimatorKind, type WeightedFitOptions } from "./estimator.ts";
export {
  ClassifierModel,
  FittedModel,
  RegressorModel,
  TransformerModel,
  type SavedModel,
  type ScoreOptions,
} from "./fitted-model.ts";
export type { ShapedArray, Samples, Targets } from "./inputs.ts";
export type { ClassWeight } from "./weights.ts";
export type { LongWork, Progress } from "./parallel/pacer.ts";
export { fromJSON } from "./persistence/from-json.ts";
export {
  DummyClassifier,
  DummyClassifierModel,
  type DummyClassifierOptions,
} from "./dummy/dummy-classifier.ts";
export {
  DummyRegressor,
  DummyRegressorModel,
  type DummyRegressorOptions,
} from "./dummy/dummy-regressor.ts";
export {
  KNeighborsClassifier,
  KNeighborsClassifierModel,
  type KNeighborsClassifierOptions,
  type Neighbors,
} from "./neighbors/k-neighbors-classifier.ts";
export {
  RandomForestClassifier,
  RandomForestClassifierModel,
} from "./ensemble/random-forest-classifier.ts";
export {
  RandomForestRegressor,
  RandomForestRegressorModel,
} from "./ensemble/random-forest-regressor.ts";
export {
  ExtraTreesClassifier,
  ExtraTreesClassifierModel,
} from "./ensemble/extra-trees-classifier.ts";
export { ExtraTreesRegressor, ExtraTreesRegressorModel } from "./ensemble/extra-trees-regressor.ts";
export {
  GradientBoostingClassifier,
  GradientBoostingClassifierModel,
  type GradientBoostingClassifierOptions,
} from "./ensemble/gradient-boosting-classifier.ts";
export {
  GradientBoostingRegressor,
  GradientBoostingRegressorModel,
  type GradientBoostingRegressorOptions,
} from "./ensemble/gradient-boosting-regressor.ts";
export type { BoostingOptions } from "./ensemble/boost.ts";
export type { ForestOptions } from "./ensemble/forest.ts";
export type { ForestClassifierOptions } from "./ensemble/forest-classifier.ts";
export type { ForestRegressorOptions } from "./ensemble/forest-regressor.ts";
export {
  DecisionTreeClassifier,
  DecisionTreeClassifierModel,
  type DecisionTreeClassifierOptions,
} from "./tree/decision-tree-classifier.ts";
export {
  DecisionTreeRegressor,
  DecisionTreeRegressorModel,
  type DecisionTreeRegressorOptions,
} from "./tree/decision-tree-regressor.ts";
export { drawTree, type DrawTreeOptions } from "./tree/draw-tree.ts";
export type { DrawableTree } from "./tree/drawable-tree.ts";
export { exportText, type ExportTextOptions } from "./tree/export-text.ts";
export type { PruningPath } from "./tree/prune-tree.ts";
export type { TreeData } from "./tree/tree-data.ts";
export type { ClassTreeOptions, TreeLimits, ValueTreeOptions } from "./tree/tree-options.ts";
export {
  LinearRegression,
  LinearRegressionModel,
  type LinearRegressionOptions,
} from "./linear/linear-regression.ts";
export { LinearPredictor, type LinearState } from "./linear/linear-predictor.ts";
export { Ridge, RidgeModel, type RidgeOptions } from "./linear/ridge.ts";
export {
  ElasticNet,
  ElasticNetModel,
  Lasso,
  type ElasticNetOptions,
  type LassoOptions,
} from "./linear/elastic-net.ts";
export {
  LogisticRegression,
  LogisticRegressionModel,
  type LogisticRegressionOptions,
} from "./linear/logistic-regression.ts";
export { GaussianNB, GaussianNBModel, type GaussianNBOptions } from "./naive-bayes/gaussian-nb.ts";
export {
  trainTestSplit,
  type TrainTestSplit,
  type TrainTestSplitOptions,
} from "./model-selection/train-test-split.ts";
export * as metrics from "./metrics/index.ts";
