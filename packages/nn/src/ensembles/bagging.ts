import { ArgumentError, random, type Tensor } from "@tensorloom/tensor";
import type { Optimizer } from "@tensorloom/optim";
import type { Module } from "../module.ts";
import { countSamples, disposeBatch, samplesAt, type TrainingData } from "../training/batches.ts";
import { fit, type FitOptions } from "../training/fit.ts";
import { Ensemble, type Combination } from "./ensemble.ts";

/** What {@link baggingEnsemble} takes: what `fit` does, but a function makes each model's optimizer. */
export interface BaggingEnsembleOptions extends Omit<
  FitOptions,
  "optimizer" | "callbacks" | "resume"
> {
  /** How many models; 5 by default. */
  readonly models?: number;
  /** How many samples each draws, as a share of all; 1 by default. */
  readonly sampleShare?: number;
  /** Makes a model's optimizer. */
  readonly optimizer: (model: Module) => Optimizer;
  /** How outputs become one: their mean by default. */
  readonly combine?: Combination;
}

/**
 * Resolves to an ensemble of models, each trained on samples that are drawn from the data with replacement: their mistakes differ, and
 * partly cancel.
 *
 * @param buildModel - makes a model; called once a member
 * @param data - all samples
 * @param options - `models`, `sampleShare`, `combine`, and what `fit` takes
 * @throws `ArgumentError` for a number of models, or a share, that is not positive
 *
 * Source: Breiman 1996, "Bagging predictors".
 *
 * @example
 * const x = random.uniform([20, 1], { seed: 1 });
 * const ensemble = await baggingEnsemble(() => new Linear(1, 1), { x, y: x.mul(2) }, {
 *   models: 3, epochs: 5, seed: 1, progress: false,
 *   optimizer: (model) => new SGD(model, { learningRate: 0.2 }),
 *   loss: (outputs, targets) => outputs.sub(targets).square().mean(),
 * });
 * [ensemble.members.length, (await predict(ensemble, x)).shape]; // => [3,[20,1]]
 */
export async function baggingEnsemble(
  buildModel: (member: number) => Module,
  data: TrainingData,
  options: BaggingEnsembleOptions,
): Promise<Ensemble> {
  const { models = 5, sampleShare = 1, optimizer, combine, seed, ...training } = options;
  const count = countSamples("baggingEnsemble", data);
  const drawn = Math.round(count * sampleShare);
  if (!(Number.isInteger(models) && models >= 1 && drawn >= 1)) {
    throw new ArgumentError(
      `baggingEnsemble: expected at least one model and one sample, got models ${models}, sampleShare ${sampleShare}`,
    );
  }
  if (seed !== undefined) random.seed(seed);
  const members: Module[] = [];
  for (let member = 0; member < models; member++) {
    const indices: Tensor = random.randint(0, count, [drawn]);
    const sample = samplesAt(data, indices);
    indices.dispose();
    const model = buildModel(member);
    const mover = optimizer(model);
    try {
      await fit(model, sample, { ...training, optimizer: mover });
    } finally {
      mover.dispose();
      disposeBatch(sample);
    }
    members.push(model);
  }
  return new Ensemble(members, combine === undefined ? {} : { combine }).eval();
}
