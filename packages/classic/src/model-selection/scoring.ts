import { ArgumentError, Tensor } from "@tensorloom/tensor";
import type { FittedModel, ModelOutput } from "../fitted-model.ts";
import type { Targets } from "../inputs.ts";
import * as metrics from "../metrics/index.ts";
import type { Table } from "../table.ts";
import type { JobScores } from "../workers/fit-job.ts";

/** Resolves to how good a model is on samples it has not seen; larger is better. */
export type Scorer = (model: FittedModel, x: Table, y: Targets) => Promise<number>;

type Metric = (truth: Targets, predicted: Tensor) => Promise<number>;

const negated =
  (metric: Metric): Metric =>
  async (truth, predicted) =>
    -(await metric(truth, predicted));

/** Metrics by name, and what of a model they look at: the first of these that it has. */
const named: Readonly<Record<ScorerName, readonly [Metric, ...ModelOutput[]]>> = {
  accuracy: [metrics.accuracy, "predict"],
  balancedAccuracy: [metrics.balancedAccuracy, "predict"],
  precision: [metrics.precision, "predict"],
  recall: [metrics.recall, "predict"],
  f1: [metrics.f1, "predict"],
  f1Macro: [(a, b) => metrics.f1(a, b, { average: "macro" }), "predict"],
  f1Micro: [(a, b) => metrics.f1(a, b, { average: "micro" }), "predict"],
  f1Weighted: [(a, b) => metrics.f1(a, b, { average: "weighted" }), "predict"],
  precisionMacro: [(a, b) => metrics.precision(a, b, { average: "macro" }), "predict"],
  recallMacro: [(a, b) => metrics.recall(a, b, { average: "macro" }), "predict"],
  matthewsCorrcoef: [metrics.matthewsCorrcoef, "predict"],
  rocAuc: [metrics.rocAuc, "decisionFunction", "predictProba"],
  rocAucOvr: [(a, b) => metrics.rocAuc(a, b, { multiClass: "ovr" }), "predictProba"],
  rocAucOvo: [(a, b) => metrics.rocAuc(a, b, { multiClass: "ovo" }), "predictProba"],
  averagePrecision: [metrics.averagePrecision, "decisionFunction", "predictProba"],
  negLogLoss: [negated(metrics.logLoss), "predictProba"],
  negBrierScore: [negated(metrics.brierScore), "predictProba"],
  r2: [metrics.r2, "predict"],
  explainedVariance: [metrics.explainedVariance, "predict"],
  negMse: [negated(metrics.mse), "predict"],
  negRmse: [negated(metrics.rmse), "predict"],
  negMae: [negated(metrics.mae), "predict"],
  negMedianAe: [negated(metrics.medianAe), "predict"],
  negMape: [negated(metrics.mape), "predict"],
  adjustedRand: [metrics.adjustedRand, "predict"],
  normalizedMutualInfo: [metrics.normalizedMutualInfo, "predict"],
};

/** Scores by name. Those of errors and losses are negative, so that larger is better throughout. */
export type ScorerName =
  | "accuracy"
  | "balancedAccuracy"
  | "precision"
  | "recall"
  | "f1"
  | "f1Macro"
  | "f1Micro"
  | "f1Weighted"
  | "precisionMacro"
  | "recallMacro"
  | "matthewsCorrcoef"
  | "rocAuc"
  | "rocAucOvr"
  | "rocAucOvo"
  | "averagePrecision"
  | "negLogLoss"
  | "negBrierScore"
  | "r2"
  | "explainedVariance"
  | "negMse"
  | "negRmse"
  | "negMae"
  | "negMedianAe"
  | "negMape"
  | "adjustedRand"
  | "normalizedMutualInfo";

/** One score, by name or as a function. */
export type Scoring = ScorerName | Scorer;

/**
 * Returns the function that a score stands for: by default the model's own `score`.
 *
 * @param operation - named in errors
 * @param scoring - the option
 * @throws `ArgumentError` for an unknown name
 */
export function scorerFor(operation: string, scoring: Scoring | undefined): Scorer {
  if (typeof scoring === "function") return scoring;
  if (scoring === undefined) return ownScore(operation);
  if (!Object.hasOwn(named, scoring)) {
    throw new ArgumentError(
      `${operation}: scoring: expected one of ${Object.keys(named).join(", ")} or a function, got "${String(scoring)}"`,
    );
  }
  const [metric, ...outputs] = named[scoring];
  return async (model, x, y) => {
    const output = outputs.find((name) => model.supports(name));
    if (output === undefined) {
      throw new ArgumentError(
        `${operation}: scoring: expected a model with ${outputs.join(" or ")} for ${scoring}, got ${model.constructor.name}`,
      );
    }
    type Asked = Record<ModelOutput, (x: Table) => Promise<Tensor>>;
    using made = await (model as unknown as Asked)[output](x);
    return await metric(y, made);
  };
}

/** Returns the functions that scores by name stand for; throws as {@link scorerFor}. */
export function jobScores(operation: string, asked: JobScores["asked"]): JobScores {
  const scorers = new Map([...asked].map(([name, one]) => [name, scorerFor(operation, one)]));
  return { asked, scorers };
}

function ownScore(operation: string): Scorer {
  return async (model, x, y) => {
    if (!model.supports("score")) {
      throw new ArgumentError(
        `${operation}: scoring: expected a name or a function for a model without a score, got none for ${model.constructor.name}`,
      );
    }
    return await (model as unknown as { score(x: Table, y: Targets): Promise<number> }).score(x, y);
  };
}
