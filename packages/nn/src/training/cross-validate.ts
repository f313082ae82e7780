import { ArgumentError, random, Tensor } from "@tensorloom/tensor";
import type { Optimizer } from "@tensorloom/optim";
import type { Module } from "../module.ts";
import { countSamples, disposeBatch, samplesAt, type TrainingData } from "./batches.ts";
import type { Callback } from "./callbacks/callback.ts";
import { evaluate } from "./evaluate.ts";
import { fit, type FitOptions } from "./fit.ts";
import { formatTable, type History } from "./history.ts";

/** What {@link crossValidate} takes: what `fit` does, but optimizer and callbacks are made anew for each fold. */
export interface CrossValidateOptions<Outputs = Tensor, Targets = Tensor> extends Omit<
  FitOptions<Outputs, Targets>,
  "optimizer" | "callbacks" | "validation" | "resume"
> {
  /** How many parts the data is cut into; 5 by default. */
  readonly folds?: number;
  /** Makes a fold's optimizer. */
  readonly optimizer: (model: Module<Outputs>) => Optimizer;
  /** Makes a fold's callbacks; the held-out part is the validation data. */
  readonly callbacks?: (fold: number) => readonly Callback[];
  /** Whether each fold holds classes in the same proportions; targets are then class numbers. False by default. */
  readonly stratify?: boolean;
}

/** One fold: what was trained on the others, scored on it. */
export interface Fold {
  /** Loss and metrics on the part held out. */
  readonly scores: Readonly<Record<string, number>>;
  /** How training went. */
  readonly history: History;
}

/** What {@link crossValidate} gives; prints as a table. */
export class CrossValidation {
  /** One a fold. */
  readonly folds: readonly Fold[];

  /** @param folds - in order, at least one */
  constructor(folds: readonly Fold[]) {
    this.folds = folds;
  }

  /** Returns a score of every fold, by name. */
  values(name: string): number[] {
    return this.folds.map(({ scores }) => scores[name] ?? Number.NaN);
  }

  /** Returns a score's mean over folds. */
  mean(name: string): number {
    return this.values(name).reduce((sum, value) => sum + value, 0) / this.folds.length;
  }

  /** Returns a score's standard deviation over folds, with a divisor of folds - 1. */
  std(name: string): number {
    const mean = this.mean(name);
    const squares = this.values(name).reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return Math.sqrt(squares / (this.folds.length - 1));
  }

  /** Returns a table: a line a fold, then means and standard deviations. */
  toString(): string {
    const names = Object.keys(this.folds[0]!.scores);
    const line = (title: string, of: (name: string) => number): string[] => [
      title,
      ...names.map((name) => of(name).toFixed(4)),
    ];
    return formatTable([
      ["fold", ...names],
      ...this.folds.map(({ scores }, i) => line(String(i + 1), (name) => scores[name]!)),
      line("mean", (name) => this.mean(name)),
      line("std", (name) => this.std(name)),
    ]);
  }
}

/**
 * Resolves to scores of models that are each trained on all parts of the data but one, and scored on that one: an estimate of how
 * well a model will do on new data, and of how sure that is.
 *
 * @param buildModel - makes a model; called once a fold
 * @param data - all samples
 * @param options - `folds`, `optimizer`, `stratify`, and what `fit` takes
 * @throws `ArgumentError` for fewer than 2 folds, or more than samples
 *
 * Source: Stone 1974, "Cross-validatory choice and assessment of statistical predictions".
 *
 * @example
 * import { crossValidate } from "@tensorloom/nn";
 * const x = random.uniform([30, 1], { seed: 1 });
 * const result = await crossValidate(() => new Linear(1, 1), { x, y: x.mul(2) }, {
 *   folds: 3, epochs: 20, seed: 1, progress: false, metrics: ["r2"],
 *   optimizer: (model) => new SGD(model, { learningRate: 0.2 }),
 *   loss: (outputs, targets) => outputs.sub(targets).square().mean(),
 * });
 * [result.folds.length, result.mean("r2") > 0.5]; // => [3,true]
 */
export async function crossValidate<Outputs = Tensor, Targets = Tensor>(
  buildModel: (fold: number) => Module<Outputs>,
  data: TrainingData<Targets>,
  options: CrossValidateOptions<Outputs, Targets>,
): Promise<CrossValidation> {
  const { folds = 5, optimizer, callbacks, stratify = false, seed, ...training } = options;
  const count = countSamples("crossValidate", data);
  if (!Number.isInteger(folds) || folds < 2 || folds > count) {
    throw new ArgumentError(
      `crossValidate: folds: expected a whole number from 2 to the ${count} samples, got ${folds}`,
    );
  }
  if (seed !== undefined) random.seed(seed);
  const foldOf = await assignFolds(data, count, folds, stratify);
  const numbers = Array.from({ length: count }, (_, i) => i);
  const done: Fold[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const kept = samplesAt(
      data,
      numbers.filter((i) => foldOf[i] !== fold),
    );
    const held = samplesAt(
      data,
      numbers.filter((i) => foldOf[i] === fold),
    );
    const model = buildModel(fold);
    const mover = optimizer(model);
    try {
      const history = await fit(model, kept, {
        ...training,
        optimizer: mover,
        validation: held,
        callbacks: callbacks?.(fold) ?? [],
      });
      const { loss, metrics = [] } = training;
      done.push({ scores: await evaluate(model, held, { loss, metrics }), history });
    } finally {
      mover.dispose();
      model.dispose();
      disposeBatch(kept);
      disposeBatch(held);
    }
  }
  return new CrossValidation(done);
}

/** Resolves to the fold of each sample, by a random order; stratified, each class is dealt out in turn. */
async function assignFolds<Targets>(
  { y }: TrainingData<Targets>,
  count: number,
  folds: number,
  stratify: boolean,
): Promise<Int32Array> {
  const permutation = random.permutation(count);
  const order = Array.from(await permutation.data());
  permutation.dispose();
  if (stratify) {
    if (!(y instanceof Tensor) || y.rank !== 1) {
      throw new ArgumentError(
        "crossValidate: stratify: expected targets that are class numbers [samples], got others",
      );
    }
    const classes = await (y as Tensor).data();
    order.sort((a, b) => classes[a]! - classes[b]!);
  }
  const result = new Int32Array(count);
  order.forEach((sample, place) => (result[sample] = place % folds));
  return result;
}
