import { AgglomerativeClusteringModel } from "../clustering/agglomerative-clustering.ts";
import { DBSCANModel } from "../clustering/dbscan.ts";
import { GaussianMixtureModel } from "../clustering/gaussian-mixture.ts";
import { KMeansModel } from "../clustering/k-means.ts";
import { MiniBatchKMeansModel } from "../clustering/mini-batch-k-means.ts";
import { ColumnTransformerModel } from "../composition/column-transformer.ts";
import { PipelineModel } from "../composition/pipeline.ts";
import { PCAModel } from "../decomposition/pca.ts";
import { TruncatedSVDModel } from "../decomposition/truncated-svd.ts";
import { DummyClassifierModel } from "../dummy/dummy-classifier.ts";
import { DummyRegressorModel } from "../dummy/dummy-regressor.ts";
import { PopularityRecommenderModel } from "../dummy/popularity-recommender.ts";
import { AdaBoostClassifierModel } from "../ensemble/ada-boost-classifier.ts";
import { AdaBoostRegressorModel } from "../ensemble/ada-boost-regressor.ts";
import { BaggingClassifierModel } from "../ensemble/bagging-classifier.ts";
import { BaggingRegressorModel } from "../ensemble/bagging-regressor.ts";
import { ExtraTreesClassifierModel } from "../ensemble/extra-trees-classifier.ts";
import { ExtraTreesRegressorModel } from "../ensemble/extra-trees-regressor.ts";
import { GradientBoostingClassifierModel } from "../ensemble/gradient-boosting-classifier.ts";
import { GradientBoostingRegressorModel } from "../ensemble/gradient-boosting-regressor.ts";
import { RandomForestClassifierModel } from "../ensemble/random-forest-classifier.ts";
import { RandomForestRegressorModel } from "../ensemble/random-forest-regressor.ts";
import { StackingClassifierModel } from "../ensemble/stacking-classifier.ts";
import { StackingRegressorModel } from "../ensemble/stacking-regressor.ts";
import { VotingClassifierModel } from "../ensemble/voting-classifier.ts";
import { VotingRegressorModel } from "../ensemble/voting-regressor.ts";
import { RFEModel } from "../feature-selection/rfe.ts";
import { SelectFromModelModel } from "../feature-selection/select-from-model.ts";
import { SelectKBestModel } from "../feature-selection/select-k-best.ts";
import { VarianceThresholdModel } from "../feature-selection/variance-threshold.ts";
import { ElasticNetModel } from "../linear/elastic-net.ts";
import { LinearRegressionModel } from "../linear/linear-regression.ts";
import { LogisticRegressionModel } from "../linear/logistic-regression.ts";
import { RidgeModel } from "../linear/ridge.ts";
import { TSNEModel } from "../manifold/tsne.ts";
import { SearchModel } from "../model-selection/search.ts";
import { GaussianNBModel } from "../naive-bayes/gaussian-nb.ts";
import { KNeighborsClassifierModel } from "../neighbors/k-neighbors-classifier.ts";
import { KNeighborsRegressorModel } from "../neighbors/k-neighbors-regressor.ts";
import { NearestNeighborsModel } from "../neighbors/nearest-neighbors.ts";
import { LabelEncoderModel } from "../preparation/label-encoder.ts";
import { MinMaxScalerModel } from "../preparation/min-max-scaler.ts";
import { OneHotEncoderModel } from "../preparation/one-hot-encoder.ts";
import { OrdinalEncoderModel } from "../preparation/ordinal-encoder.ts";
import { PolynomialFeaturesModel } from "../preparation/polynomial-features.ts";
import { RobustScalerModel } from "../preparation/robust-scaler.ts";
import { SimpleImputerModel } from "../preparation/simple-imputer.ts";
import { StandardScalerModel } from "../preparation/standard-scaler.ts";
import { LinearSVCModel } from "../svm/linear-svc.ts";
import { OneClassSVMModel } from "../svm/one-class-svm.ts";
import { SVCModel } from "../svm/svc.ts";
import { SVRModel } from "../svm/svr.ts";
import { DecisionTreeClassifierModel } from "../tree/decision-tree-classifier.ts";
import { DecisionTreeRegressorModel } from "../tree/decision-tree-regressor.ts";
import type { ModelClass } from "../fitted-model.ts";

/** The models that `fromJSON` knows. */
export const models: readonly ModelClass[] = [
  AdaBoostClassifierModel,
  AdaBoostRegressorModel,
  AgglomerativeClusteringModel,
  BaggingClassifierModel,
  BaggingRegressorModel,
  ColumnTransformerModel,
  DBSCANModel,
  DecisionTreeClassifierModel,
  DecisionTreeRegressorModel,
  DummyClassifierModel,
  DummyRegressorModel,
  ElasticNetModel,
  ExtraTreesClassifierModel,
  ExtraTreesRegressorModel,
  GaussianMixtureModel,
  GaussianNBModel,
  GradientBoostingClassifierModel,
  GradientBoostingRegressorModel,
  KMeansModel,
  KNeighborsClassifierModel,
  KNeighborsRegressorModel,
  LabelEncoderModel,
  LinearRegressionModel,
  LinearSVCModel,
  LogisticRegressionModel,
  MinMaxScalerModel,
  MiniBatchKMeansModel,
  NearestNeighborsModel,
  OneClassSVMModel,
  OneHotEncoderModel,
  OrdinalEncoderModel,
  PCAModel,
  PipelineModel,
  PolynomialFeaturesModel,
  PopularityRecommenderModel,
  RFEModel,
  RandomForestClassifierModel,
  RandomForestRegressorModel,
  RidgeModel,
  RobustScalerModel,
  SVCModel,
  SVRModel,
  SearchModel,
  SelectFromModelModel,
  SelectKBestModel,
  SimpleImputerModel,
  StackingClassifierModel,
  StackingRegressorModel,
  StandardScalerModel,
  TSNEModel,
  TruncatedSVDModel,
  VarianceThresholdModel,
  VotingClassifierModel,
  VotingRegressorModel,
];
