export { Estimator, type EstimatorKind, type WeightedFitOptions } from "./estimator.ts";
export {
  ClassifierModel,
  FittedModel,
  type ModelOutput,
  RegressorModel,
  TransformerModel,
  type SavedModel,
  type ScoreOptions,
} from "./fitted-model.ts";
export type { ShapedArray, Samples, Targets } from "./inputs.ts";
export type { ClassWeight } from "./weights.ts";
export type { LongWork, Progress } from "./parallel/pacer.ts";
export { withProgressBar } from "./progress-bar.ts";
export { fromJSON } from "./persistence/from-json.ts";
export type { Json } from "./persistence/fields.ts";
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
export { SVC, SVCModel, type SVCOptions } from "./svm/svc.ts";
export { SVR, SVRModel, type SVROptions } from "./svm/svr.ts";
export { OneClassSVM, OneClassSVMModel, type OneClassSVMOptions } from "./svm/one-class-svm.ts";
export { LinearSVC, LinearSVCModel, type LinearSVCOptions } from "./svm/linear-svc.ts";
export type { KernelFunction, KernelName } from "./svm/kernel.ts";
export type { KernelMachineOptions } from "./svm/svm-options.ts";
export {
  BaggingClassifier,
  BaggingClassifierModel,
  type BaggingClassifierOptions,
} from "./ensemble/bagging-classifier.ts";
export {
  BaggingRegressor,
  BaggingRegressorModel,
  type BaggingRegressorOptions,
} from "./ensemble/bagging-regressor.ts";
export {
  AdaBoostClassifier,
  AdaBoostClassifierModel,
  type AdaBoostClassifierOptions,
} from "./ensemble/ada-boost-classifier.ts";
export {
  AdaBoostRegressor,
  AdaBoostRegressorModel,
  type AdaBoostRegressorOptions,
} from "./ensemble/ada-boost-regressor.ts";
export {
  VotingClassifier,
  VotingClassifierModel,
  type VotingClassifierOptions,
} from "./ensemble/voting-classifier.ts";
export {
  VotingRegressor,
  VotingRegressorModel,
  type VotingRegressorOptions,
} from "./ensemble/voting-regressor.ts";
export {
  StackingClassifier,
  StackingClassifierModel,
  type StackingClassifierOptions,
} from "./ensemble/stacking-classifier.ts";
export {
  StackingRegressor,
  StackingRegressorModel,
  type StackingRegressorOptions,
} from "./ensemble/stacking-regressor.ts";
export type { BaggingOptions } from "./ensemble/bag.ts";
export type { NamedEstimator } from "./ensemble/members.ts";
export type { StackingOptions } from "./ensemble/stack.ts";
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
export type {
  ClassCriterionName,
  ClassTreeOptions,
  TreeLimits,
  ValueCriterionName,
  ValueTreeOptions,
} from "./tree/tree-options.ts";
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
export { Transformer } from "./transformer.ts";
export type { Cell, Table } from "./table.ts";
export { ScalerModel, type ScalerState } from "./preparation/scaler-model.ts";
export {
  StandardScaler,
  StandardScalerModel,
  type StandardScalerOptions,
} from "./preparation/standard-scaler.ts";
export {
  MinMaxScaler,
  MinMaxScalerModel,
  type MinMaxScalerOptions,
} from "./preparation/min-max-scaler.ts";
export {
  RobustScaler,
  RobustScalerModel,
  type RobustScalerOptions,
} from "./preparation/robust-scaler.ts";
export {
  OneHotEncoder,
  OneHotEncoderModel,
  type OneHotEncoderOptions,
} from "./preparation/one-hot-encoder.ts";
export {
  OrdinalEncoder,
  OrdinalEncoderModel,
  type OrdinalEncoderOptions,
} from "./preparation/ordinal-encoder.ts";
export { LabelEncoder, LabelEncoderModel, type Labels } from "./preparation/label-encoder.ts";
export {
  SimpleImputer,
  SimpleImputerModel,
  type SimpleImputerOptions,
} from "./preparation/simple-imputer.ts";
export {
  PolynomialFeatures,
  PolynomialFeaturesModel,
  type PolynomialFeaturesOptions,
} from "./preparation/polynomial-features.ts";
export {
  chi2,
  fClassif,
  fRegression,
  type FeatureScores,
  type ScoreFunction,
} from "./feature-selection/score-functions.ts";
export { mutualInfoClassif, mutualInfoRegression } from "./feature-selection/mutual-information.ts";
export { SelectorModel, type SelectorState } from "./feature-selection/selector-model.ts";
export {
  SelectKBest,
  SelectKBestModel,
  type ScoreName,
  type SelectKBestOptions,
} from "./feature-selection/select-k-best.ts";
export {
  VarianceThreshold,
  VarianceThresholdModel,
  type VarianceThresholdOptions,
} from "./feature-selection/variance-threshold.ts";
export { RFE, RFEModel, type RFEOptions } from "./feature-selection/rfe.ts";
export {
  SelectFromModel,
  SelectFromModelModel,
  type SelectFromModelOptions,
} from "./feature-selection/select-from-model.ts";
export { DelegatingModel } from "./composition/delegating-model.ts";
export {
  Pipeline,
  PipelineModel,
  type AnyEstimator,
  type PipelineOptions,
  type PipelineStep,
} from "./composition/pipeline.ts";
export {
  ColumnTransformer,
  ColumnTransformerModel,
  type ColumnRule,
  type ColumnTransformerOptions,
} from "./composition/column-transformer.ts";
export {
  crossValidate,
  crossValScore,
  type CrossValidationOptions,
  type CrossValidationResult,
  type CrossValScoreOptions,
} from "./model-selection/cross-validate.ts";
export { GridSearchCV, type GridSearchCVOptions } from "./model-selection/grid-search-cv.ts";
export {
  learningCurve,
  type LearningCurve,
  type LearningCurveOptions,
} from "./model-selection/learning-curve.ts";
export {
  RandomizedSearchCV,
  type ParamDistribution,
  type RandomizedSearchCVOptions,
} from "./model-selection/randomized-search-cv.ts";
export type { Scorer, ScorerName, Scoring } from "./model-selection/scoring.ts";
export {
  SearchCV,
  SearchModel,
  type ParamGrid,
  type ParamSetting,
  type SearchFitOptions,
  type SearchOptions,
  type SearchRow,
} from "./model-selection/search.ts";
export {
  GroupKFold,
  KFold,
  StratifiedKFold,
  TimeSeriesSplit,
  type SplitRule,
  type KFoldOptions,
  type Split,
  type Splitter,
  type TimeSeriesSplitOptions,
} from "./model-selection/splitters.ts";
export type { SharedWork } from "./workers/run-fits.ts";
export type { FitWorkers } from "./workers/fit-workers.ts";
export type { MembersFitOptions } from "./ensemble/fit-members.ts";
export { driftReport, type ColumnDrift, type DriftOptions, type DriftReport } from "./drift.ts";
export {
  PopularityRecommender,
  PopularityRecommenderModel,
  type PopularityRecommenderOptions,
} from "./dummy/popularity-recommender.ts";
export {
  trainTestSplit,
  type TrainTestSplit,
  type TrainTestSplitOptions,
} from "./model-selection/train-test-split.ts";
export * as metrics from "./metrics/index.ts";
export { KMeans, KMeansModel, type KMeansOptions } from "./clustering/k-means.ts";
export { CentersModel, type CentersState } from "./clustering/centers-model.ts";
export type { KMeansInit } from "./clustering/starting-centers.ts";
export {
  KNeighborsRegressor,
  KNeighborsRegressorModel,
  type KNeighborsRegressorOptions,
} from "./neighbors/k-neighbors-regressor.ts";
export {
  NearestNeighbors,
  NearestNeighborsModel,
  type NearestNeighborsOptions,
  type RadiusNeighbors,
} from "./neighbors/nearest-neighbors.ts";
export type { Neighbors, NeighborsOptions } from "./neighbors/training-neighbors.ts";
export type { DistanceMetric } from "./neighbors/metric.ts";
export type { NeighborAlgorithm, NeighborSearchOptions } from "./neighbors/neighbor-search.ts";
export type { NeighborWeights } from "./neighbors/neighbor-weights.ts";
export {
  MiniBatchKMeans,
  MiniBatchKMeansModel,
  type MiniBatchKMeansOptions,
} from "./clustering/mini-batch-k-means.ts";
export { DBSCAN, DBSCANModel, type DBSCANOptions } from "./clustering/dbscan.ts";
export {
  AgglomerativeClustering,
  AgglomerativeClusteringModel,
  type AgglomerativeClusteringOptions,
} from "./clustering/agglomerative-clustering.ts";
export type { Linkage } from "./clustering/linkage.ts";
export {
  GaussianMixture,
  GaussianMixtureModel,
  type GaussianMixtureOptions,
  type MixtureSample,
} from "./clustering/gaussian-mixture.ts";
export type { CovarianceType } from "./clustering/gaussians.ts";
export { PCA, PCAModel, type PCAOptions } from "./decomposition/pca.ts";
export type { SvdSolver } from "./decomposition/leading-components.ts";
export {
  TruncatedSVD,
  TruncatedSVDModel,
  type TruncatedSVDOptions,
} from "./decomposition/truncated-svd.ts";
export { TSNE, TSNEModel, type TSNEOptions } from "./manifold/tsne.ts";
export {
  clusterCounts,
  type ClusterCounts,
  type ClusterCountsOptions,
} from "./clustering/cluster-counts.ts";
