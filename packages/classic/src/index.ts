export { Estimator } from "./estimator.ts";
export type { Samples, Targets } from "./inputs.ts";
export {
  DummyClassifier,
  DummyClassifierModel,
  type DummyClassifierOptions,
} from "./dummy/dummy-classifier.ts";
export {
  KNeighborsClassifier,
  KNeighborsClassifierModel,
  type KNeighborsClassifierOptions,
  type Neighbors,
} from "./neighbors/k-neighbors-classifier.ts";
export {
  trainTestSplit,
  type TrainTestSplit,
  type TrainTestSplitOptions,
} from "./model-selection/train-test-split.ts";
export * as metrics from "./metrics/index.ts";
