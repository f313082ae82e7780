import { AgglomerativeClustering } from "../clustering/agglomerative-clustering.ts";
import { DBSCAN } from "../clustering/dbscan.ts";
import { GaussianMixture } from "../clustering/gaussian-mixture.ts";
import { KMeans } from "../clustering/k-means.ts";
import { MiniBatchKMeans } from "../clustering/mini-batch-k-means.ts";
import { ColumnTransformer } from "../composition/column-transformer.ts";
import { Pipeline } from "../composition/pipeline.ts";
import { PCA } from "../decomposition/pca.ts";
import { TruncatedSVD } from "../decomposition/truncated-svd.ts";
import { DummyClassifier } from "../dummy/dummy-classifier.ts";
import { DummyRegressor } from "../dummy/dummy-regressor.ts";
import { PopularityRecommender } from "../dummy/popularity-recommender.ts";
import { AdaBoostClassifier } from "../ensemble/ada-boost-classifier.ts";
import { AdaBoostRegressor } from "../ensemble/ada-boost-regressor.ts";
import { BaggingClassifier } from "../ensemble/bagging-classifier.ts";
import { BaggingRegressor } from "../ensemble/bagging-regressor.ts";
import { ExtraTreesClassifier } from "../ensemble/extra-trees-classifier.ts";
import { ExtraTreesRegressor } from "../ensemble/extra-trees-regressor.ts";
import { GradientBoostingClassifier } from "../ensemble/gradient-boosting-classifier.ts";
import { GradientBoostingRegressor } from "../ensemble/gradient-boosting-regressor.ts";
import { RandomForestClassifier } from "../ensemble/random-forest-classifier.ts";
import { RandomForestRegressor } from "../ensemble/random-forest-regressor.ts";
import { StackingClassifier } from "../ensemble/stacking-classifier.ts";
import { StackingRegressor } from "../ensemble/stacking-regressor.ts";
import { VotingClassifier } from "../ensemble/voting-classifier.ts";
import { VotingRegressor } from "../ensemble/voting-regressor.ts";
import { RFE } from "../feature-selection/rfe.ts";
import { SelectFromModel } from "../feature-selection/select-from-model.ts";
import { SelectKBest } from "../feature-selection/select-k-best.ts";
import { VarianceThreshold } from "../feature-selection/variance-threshold.ts";
import { ElasticNet, Lasso } from "../linear/elastic-net.ts";
import { LinearRegression } from "../linear/linear-regression.ts";
import { LogisticRegression } from "../linear/logistic-regression.ts";
import { Ridge } from "../linear/ridge.ts";
import { TSNE } from "../manifold/tsne.ts";
import { GridSearchCV } from "../model-selection/grid-search-cv.ts";
import { RandomizedSearchCV } from "../model-selection/randomized-search-cv.ts";
import { GaussianNB } from "../naive-bayes/gaussian-nb.ts";
import { KNeighborsClassifier } from "../neighbors/k-neighbors-classifier.ts";
import { KNeighborsRegressor } from "../neighbors/k-neighbors-regressor.ts";
import { NearestNeighbors } from "../neighbors/nearest-neighbors.ts";
import { MinMaxScaler } from "../preparation/min-max-scaler.ts";
import { OneHotEncoder } from "../preparation/one-hot-encoder.ts";
import { OrdinalEncoder } from "../preparation/ordinal-encoder.ts";
import { PolynomialFeatures } from "../preparation/polynomial-features.ts";
import { RobustScaler } from "../preparation/robust-scaler.ts";
import { SimpleImputer } from "../preparation/simple-imputer.ts";
import { StandardScaler } from "../preparation/standard-scaler.ts";
import { LinearSVC } from "../svm/linear-svc.ts";
import { OneClassSVM } from "../svm/one-class-svm.ts";
import { SVC } from "../svm/svc.ts";
import { SVR } from "../svm/svr.ts";
import { DecisionTreeClassifier } from "../tree/decision-tree-classifier.ts";
import { DecisionTreeRegressor } from "../tree/decision-tree-regressor.ts";
import type { Estimator } from "../estimator.ts";

/** A class of estimators. */
export type EstimatorClass = new (options: never) => Estimator;

/** The estimators that can be made again on another thread, by names that no minifier changes. */
export const estimators: Readonly<Record<string, EstimatorClass>> = {
  AdaBoostClassifier,
  AdaBoostRegressor,
  AgglomerativeClustering,
  BaggingClassifier,
  BaggingRegressor,
  ColumnTransformer,
  DBSCAN,
  DecisionTreeClassifier,
  DecisionTreeRegressor,
  DummyClassifier,
  DummyRegressor,
  ElasticNet,
  ExtraTreesClassifier,
  ExtraTreesRegressor,
  GaussianMixture,
  GaussianNB,
  GradientBoostingClassifier,
  GradientBoostingRegressor,
  GridSearchCV,
  KMeans,
  KNeighborsClassifier,
  KNeighborsRegressor,
  Lasso,
  LinearRegression,
  LinearSVC,
  LogisticRegression,
  MinMaxScaler,
  MiniBatchKMeans,
  NearestNeighbors,
  OneClassSVM,
  OneHotEncoder,
  OrdinalEncoder,
  PCA,
  Pipeline,
  PolynomialFeatures,
  PopularityRecommender,
  RFE,
  RandomForestClassifier,
  RandomForestRegressor,
  RandomizedSearchCV,
  Ridge,
  RobustScaler,
  SVC,
  SVR,
  SelectFromModel,
  SelectKBest,
  SimpleImputer,
  StackingClassifier,
  StackingRegressor,
  StandardScaler,
  TSNE,
  TruncatedSVD,
  VarianceThreshold,
  VotingClassifier,
  VotingRegressor,
};
