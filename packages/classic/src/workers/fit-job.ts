import type { AnyEstimator } from "../composition/pipeline.ts";
import type { Material } from "../model-selection/fit-and-score.ts";
import type { Scoring } from "../model-selection/scoring.ts";
import type { Split } from "../model-selection/splitters.ts";

/** Fits of some estimators to parts of some samples. */
export interface FitJob {
  /** Who asks, for errors. */
  readonly operation: string;
  readonly estimators: readonly AnyEstimator[];
  readonly material: Material;
  readonly splits: readonly Split[];
  /** The scores by name. */
  readonly scoring: ReadonlyMap<string, Scoring | undefined>;
  /** Whether training samples are scored too; false by default. */
  readonly returnTrainScore?: boolean;
  /** Whether models are returned; they are disposed by default. */
  readonly returnModels?: boolean;
}

/** One fit: which of the estimators, to which of the parts. */
export interface Fit {
  readonly estimator: number;
  readonly split: number;
}
