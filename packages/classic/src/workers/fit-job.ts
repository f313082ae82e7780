import type { AnyEstimator } from "../composition/pipeline.ts";
import type { Material, Part, Told } from "../model-selection/fit-and-score.ts";
import type { Scorer, Scoring } from "../model-selection/scoring.ts";

/** Fits of some estimators to parts of some samples. */
export interface FitJob {
  /** Who asks, for errors. */
  readonly operation: string;
  readonly estimators: readonly AnyEstimator[];
  readonly material: Material;
  readonly parts: readonly Part[];
  /** The scores of samples to test on; none by default. */
  readonly scores?: JobScores;
  /** Whether training samples are scored too; false by default. */
  readonly returnTrainScore?: boolean;
  /** What models tell of samples to test on; nothing by default. */
  readonly told?: Told;
}

/** Scores by name: what was asked for, and the functions that it stands for. */
export interface JobScores {
  readonly asked: ReadonlyMap<string, Scoring | undefined>;
  readonly scorers: ReadonlyMap<string, Scorer>;
}

/** One fit: which of the estimators, to which of the parts. */
export interface Fit {
  readonly estimator: number;
  readonly part: number;
  /** Whether the model is returned; else it is disposed. */
  readonly isKept?: boolean;
}
