import { tensor, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import { classTargets, resultTensor, type Samples, type Targets } from "../inputs.ts";
import { list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { treeSamples } from "../tree/tree-samples.ts";
import { sampleWeights } from "../weights.ts";
import { boost, rawPredictions, type BoostingOptions } from "./boost.ts";
import { boostedFields, boostedState, type BoostedState } from "./boosted-state.ts";
import { binaryCrossEntropy, crossEntropy } from "./boosting-losses.ts";

/** What {@link GradientBoostingClassifier} takes. */
export interface GradientBoostingClassifierOptions extends BoostingOptions {}

/**
 * Small trees, each correcting those before it: round by round they follow the gradient of the cross-entropy. With early
 * stopping (`nIterNoChange`) it finds the number of rounds by itself. The features are taken as float32.
 *
 * Source: Friedman 2001; on histograms as scikit-learn's HistGradientBoostingClassifier, with `splitter: "exact"` as its
 * GradientBoostingClassifier. Cost: O(features x samples x depth) a tree.
 *
 * @example
 * const x = Array.from({ length: 60 }, (_, i) => [i]);
 * const model = await new GradientBoostingClassifier().fit(x, x.map(([i]) => Number(i >= 30)));
 * (await model.predict([[3], [55]])).toString(); // => [0, 1]
 */
export class GradientBoostingClassifier extends Estimator<
  GradientBoostingClassifierOptions,
  GradientBoostingClassifierModel
> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - rounds, learning rate, tree limits, early stopping, seed */
  constructor(options: GradientBoostingClassifierOptions = {}) {
    super(options);
  }

  /**
   * Grows the trees, round by round.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress` (with the loss of each round)
   * @throws `ArgumentError` for options out of their range, or a single class
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<GradientBoostingClassifierModel> {
    const name = "GradientBoostingClassifier";
    const samples = await treeSamples(`${name}.fit`, x);
    const { rows, columns } = samples;
    const { classes, indices } = await classTargets(`${name}.fit`, y, rows, 2);
    const weights = await sampleWeights(`${name}.fit`, options.sampleWeight, rows);
    const targets = Float64Array.from(indices);
    const loss = classes.length === 2 ? binaryCrossEntropy : crossEntropy(classes.length);
    const plan = { name, options: this.getParams(), samples, targets, weights, loss };
    const boosted = await boost(plan, options);
    return new GradientBoostingClassifierModel({ classes, ...boostedState(boosted, columns) });
  }
}

/** What {@link GradientBoostingClassifierModel} holds. */
interface GradientBoostingClassifierState extends BoostedState {
  readonly classes: readonly number[];
}

/** What {@link GradientBoostingClassifier} learns. */
export class GradientBoostingClassifierModel extends ClassifierModel<GradientBoostingClassifierState> {
  /** @internal */
  static get schema(): Schema<GradientBoostingClassifierState> {
    return {
      name: "GradientBoostingClassifierModel",
      fields: { classes: list(number), ...boostedFields },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** How many rounds there were. */
  get nEstimators(): number {
    return this.state.trainScore.data.length;
  }

  /** `[features]`: how much each feature's splits lowered the loss, as shares of the whole. */
  get featureImportances(): Tensor {
    return this.attribute("featureImportances", this.state.importances);
  }

  /** `[rounds]`: the loss on the training samples after each round. */
  get trainScore(): Tensor {
    return this.attribute("trainScore", this.state.trainScore);
  }

  /** `[rounds]`: the loss on the samples set aside after each round; undefined without early stopping. */
  get validationScore(): Tensor | undefined {
    const { validationScore } = this.state;
    if (validationScore.data.length === 0) return undefined;
    return this.attribute("validationScore", validationScore);
  }

  /**
   * Resolves to raw predictions: of two classes the log-odds of the second, `[samples]`; of more `[samples, classes]`.
   *
   * @param x - `[samples, features]`
   */
  async decisionFunction(x: Samples): Promise<Tensor> {
    const { raw, rows, dtype } = await this.#raw("decisionFunction", x);
    if (raw.length === 1) return resultTensor(raw[0]!, [rows], dtype);
    return resultTensor(interleaved(raw), [rows, raw.length], dtype);
  }

  /** Resolves to the classes' probabilities, `[samples, classes]`. */
  async predictProba(x: Samples): Promise<Tensor> {
    const { raw, rows, dtype } = await this.#raw("predictProba", x);
    return resultTensor(probabilities(raw), [rows, this.classes.length], dtype);
  }

  /** Resolves to the most probable classes, `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    const { raw } = await this.#raw("predict", x);
    return bestClasses(probabilities(raw), this.classes);
  }

  /**
   * Yields what {@link predict} would say after the first round, after the second, and so on.
   *
   * @param x - `[samples, features]`
   */
  async *stagedPredict(x: Samples): AsyncGenerator<Tensor> {
    const samples = await treeSamples(
      "GradientBoostingClassifier.stagedPredict",
      x,
      this.state.features,
    );
    const stages: Int32Array[] = [];
    rawPredictions(this.state, samples, (raw) => {
      const shares = probabilities(raw);
      const width = this.classes.length;
      stages.push(
        Int32Array.from({ length: samples.rows }, (_, i) => {
          const own = shares.subarray(i * width, (i + 1) * width);
          return this.classes[own.indexOf(Math.max(...own))]!;
        }),
      );
    });
    for (const stage of stages) yield tensor(stage);
  }

  async #raw(
    operation: string,
    x: Samples,
  ): Promise<{ raw: readonly Float64Array[]; rows: number; dtype: "float32" | "float64" }> {
    const name = `GradientBoostingClassifier.${operation}`;
    const samples = await treeSamples(name, x, this.state.features);
    const raw = rawPredictions(this.state, samples);
    return { raw, rows: samples.rows, dtype: samples.dtype };
  }
}

function interleaved(raw: readonly Float64Array[]): Float64Array {
  const width = raw.length;
  return Float64Array.from(
    { length: width * raw[0]!.length },
    (_, i) => raw[i % width]![Math.floor(i / width)]!,
  );
}

/** `[samples, classes]` of raw predictions: by the logistic function for two classes, by softmax for more. */
function probabilities(raw: readonly Float64Array[]): Float64Array {
  const rows = raw[0]!.length;
  if (raw.length === 1) {
    const shares = new Float64Array(2 * rows);
    raw[0]!.forEach((odds, i) => {
      shares[2 * i + 1] = 1 / (1 + Math.exp(-odds));
      shares[2 * i] = 1 - shares[2 * i + 1]!;
    });
    return shares;
  }
  const shares = interleaved(raw);
  const width = raw.length;
  for (let at = 0; at < shares.length; at += width) {
    let most = -Infinity;
    for (let k = 0; k < width; k++) most = Math.max(most, shares[at + k]!);
    let sum = 0;
    for (let k = 0; k < width; k++) sum += shares[at + k] = Math.exp(shares[at + k]! - most);
    for (let k = 0; k < width; k++) shares[at + k]! /= sum;
  }
  return shares;
}
