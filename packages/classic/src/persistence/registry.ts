import { DummyClassifierModel } from "../dummy/dummy-classifier.ts";
import { DummyRegressorModel } from "../dummy/dummy-regressor.ts";
import type { ModelClass } from "../fitted-model.ts";
import { KNeighborsClassifierModel } from "../neighbors/k-neighbors-classifier.ts";
import { DecisionTreeClassifierModel } from "../tree/decision-tree-classifier.ts";
import { DecisionTreeRegressorModel } from "../tree/decision-tree-regressor.ts";

/** The models that `fromJSON` knows. */
export const models: readonly ModelClass[] = [
  DummyClassifierModel,
  DummyRegressorModel,
  KNeighborsClassifierModel,
  DecisionTreeClassifierModel,
  DecisionTreeRegressorModel,
];
