import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import {
  classTargets,
  resultTensor,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { choiceOption, numberOption, wholeOption } from "../options.ts";
import { Pacer } from "../parallel/pacer.ts";
import { array, boolean, list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { classWeights, sampleWeights, type ClassWeight } from "../weights.ts";
import { choleskySolver } from "./cholesky.ts";
import { minimize } from "./lbfgs.ts";
import { linearScores } from "./linear-predictor.ts";
import { logisticObjective, weightedGram, type LogisticProblem } from "./logistic-loss.ts";
import { minimizeSparse } from "./sparse-logistic.ts";

/** What {@link LogisticRegression} takes. */
export interface LogisticRegressionOptions {
  /** On the coefficients' squares (`"l2"`, default), magnitudes (`"l1"`), both (`"elasticnet"`), or none. */
  readonly penalty?: "l2" | "l1" | "elasticnet" | "none";
  /** How little the penalty counts, above 0; 1 by default. */
  readonly C?: number;
  /** Of `"elasticnet"`: the share of the penalty that is on magnitudes, in [0, 1]; 0.5 by default. */
  readonly l1Ratio?: number;
  /** Whether there is an intercept, which is not punished; true by default. */
  readonly fitIntercept?: boolean;
  /** How much classes count; all alike by default. */
  readonly classWeight?: ClassWeight;
  /** Iterations at most; 100 by default. */
  readonly maxIter?: number;
  /** How small the gradient's largest part must be; 1e-4 by default. */
  readonly tol?: number;
}

/**
 * Classes by probabilities that are logistic (two classes) or softmax (more) functions of weighted sums of the features.
 *
 * Minimizes the summed cross-entropy plus the penalty / C, by L-BFGS in the metric of the Hessian at 0, so that features of
 * different scales do no harm to convergence; with a penalty on magnitudes by Newton steps and coordinate descent. The
 * coefficients are those of scikit-learn's LogisticRegression (multinomial for more than two classes).
 *
 * @example
 * const model = await new LogisticRegression().fit([[0], [1], [2], [3]], [0, 0, 1, 1]);
 * (await model.predict([[0.5], [2.5]])).toString(); // => [0, 1]
 */
export class LogisticRegression extends Estimator<
  LogisticRegressionOptions,
  LogisticRegressionModel
> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - penalty, intercept, class weights, when to stop */
  constructor(options: LogisticRegressionOptions = {}) {
    super(options);
  }

  /**
   * Finds the coefficients.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for a single class, or options out of range
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<LogisticRegressionModel> {
    const { fitIntercept = true, maxIter = 100, tol = 1e-4 } = this.getParams();
    const [l1, l2] = this.#penalties();
    wholeOption("LogisticRegression", "maxIter", maxIter);
    numberOption("LogisticRegression", "tol", tol, { from: 0 });
    const samples = await sampleMatrix("LogisticRegression.fit", x);
    const targets = await classTargets("LogisticRegression.fit", y, samples.rows, 2);
    const weights = await sampleWeights(
      "LogisticRegression.fit",
      options.sampleWeight,
      samples.rows,
    );
    const byClass = classWeights("LogisticRegression.fit", this.getParams().classWeight, targets);
    const { classes, indices: labels } = targets;
    const outputs = classes.length === 2 ? 1 : classes.length;
    const problem: LogisticProblem = {
      ...(fitIntercept ? withOnes(samples) : { data: samples.data, width: samples.columns }),
      rows: samples.rows,
      labels,
      weights: weights.map((weight, i) => weight * byClass[labels[i]!]!),
      outputs,
      punished: samples.columns,
    };
    const pacer = new Pacer(maxIter, options);
    const report = (iteration: number, value: number): Promise<void> =>
      pacer.done(iteration, value);
    const { point, iterations, isConverged } =
      l1 > 0
        ? await minimizeSparse(problem, { l1, l2, tol, maxIter }, report)
        : await minimize(
            logisticObjective(problem, l2),
            outputs * problem.width,
            { precondition: inverseHessian(problem, l2), tol, maxIter },
            report,
          );
    return new LogisticRegressionModel({
      classes,
      ...separated(point, problem),
      nIter: iterations,
      isConverged,
    });
  }

  /** The penalties on magnitudes and squares. */
  #penalties(): [l1: number, l2: number] {
    const { penalty = "l2", C = 1, l1Ratio = 0.5 } = this.getParams();
    numberOption("LogisticRegression", "C", C, { above: 0 });
    numberOption("LogisticRegression", "l1Ratio", l1Ratio, { from: 0, to: 1 });
    choiceOption("LogisticRegression", "penalty", penalty, ["l2", "l1", "elasticnet", "none"]);
    if (penalty === "none") return [0, 0];
    if (penalty === "l2") return [0, 1 / C];
    if (penalty === "l1") return [1 / C, 0];
    return [l1Ratio / C, (1 - l1Ratio) / C];
  }
}

function withOnes({ data, rows, columns }: SampleMatrix): { data: Float64Array; width: number } {
  const width = columns + 1;
  const result = new Float64Array(rows * width).fill(1);
  for (let i = 0; i < rows; i++) {
    result.set(data.subarray(i * columns, (i + 1) * columns), i * width);
  }
  return { data: result, width };
}

/** Splits rows of coefficients from their intercepts. */
function separated(
  point: Float64Array,
  { outputs, width, punished }: LogisticProblem,
): { coef: ShapedArray<Float64Array>; intercept: ShapedArray<Float64Array> } {
  const coef = new Float64Array(outputs * punished);
  const intercept = new Float64Array(outputs);
  for (let k = 0; k < outputs; k++) {
    coef.set(point.subarray(k * width, k * width + punished), k * punished);
    intercept[k] = width > punished ? point[k * width + punished]! : 0;
  }
  // Softmax leaves the intercepts' mean open; as in scikit-learn it is 0.
  const mean = outputs === 1 ? 0 : intercept.reduce((sum, b) => sum + b, 0) / outputs;
  return {
    coef: { data: coef, shape: [outputs, punished] },
    intercept: { data: intercept.map((b) => b - mean), shape: [outputs] },
  };
}

// Beyond so many columns the Hessian costs more than the iterations that it saves.
const mostForHessian = 512;

/**
 * Returns the multiplication, in place, of a gradient by about the inverse Hessian at 0: there all classes are equally
 * probable, so that it is one matrix for all outputs. Where rows are many, some of them tell it as well.
 */
function inverseHessian(problem: LogisticProblem, l2: number): (gradient: Float64Array) => void {
  const { width, outputs, punished } = problem;
  const every = Math.max(1, Math.floor(problem.rows / Math.max(1000, 20 * width)));
  const some = every === 1 ? problem : everyRow(problem, every);
  const curvature = every * (outputs === 1 ? 1 / 4 : 1 / outputs);
  const curvatures = some.weights.map((weight) => weight * curvature);
  if (width <= mostForHessian) {
    const hessian = weightedGram(some, curvatures);
    for (let c = 0; c < punished; c++) hessian[c * width + c]! += l2;
    const solve = choleskySolver(hessian, width);
    if (solve !== undefined) {
      return (gradient) => {
        for (let k = 0; k < outputs; k++) solve(gradient.subarray(k * width, (k + 1) * width));
      };
    }
  }
  const diagonal = new Float64Array(width);
  some.data.forEach((value, i) => {
    diagonal[i % width]! += curvatures[Math.trunc(i / width)]! * value * value;
  });
  return (gradient) => {
    for (let i = 0; i < gradient.length; i++) {
      const c = i % width;
      gradient[i]! /= diagonal[c]! + (c < punished ? l2 : 0) || 1;
    }
  };
}

/** Returns the first of every so many rows. */
function everyRow(
  { data, width, weights, rows }: LogisticProblem,
  every: number,
): Pick<LogisticProblem, "data" | "width" | "rows" | "weights"> {
  const count = Math.floor(rows / every);
  const some = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    some.set(data.subarray(i * every * width, (i * every + 1) * width), i * width);
  }
  return {
    data: some,
    width,
    rows: count,
    weights: weights.filter((_, i) => i % every === 0).subarray(0, count),
  };
}

/** What {@link LogisticRegressionModel} holds. */
interface LogisticRegressionState {
  readonly classes: readonly number[];
  readonly coef: ShapedArray<Float64Array>;
  readonly intercept: ShapedArray<Float64Array>;
  readonly nIter: number;
  readonly isConverged: boolean;
}

/** What {@link LogisticRegression} learns. */
export class LogisticRegressionModel extends ClassifierModel<LogisticRegressionState> {
  /** @internal */
  static get schema(): Schema<LogisticRegressionState> {
    return {
      name: "LogisticRegressionModel",
      fields: {
        classes: list(number),
        coef: array(Float64Array),
        intercept: array(Float64Array),
        nIter: number,
        isConverged: boolean,
      },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** The features' coefficients: `[1, features]` for two classes, `[classes, features]` for more. */
  get coef(): Tensor {
    return this.attribute("coef", this.state.coef);
  }

  /** The intercepts: `[1]` for two classes, `[classes]` for more. */
  get intercept(): Tensor {
    return this.attribute("intercept", this.state.intercept);
  }

  /** Iterations taken. */
  get nIter(): number {
    return this.state.nIter;
  }

  /** Whether the gradient is as small as `tol` asked; if not, raise `maxIter`, or punish more. */
  get isConverged(): boolean {
    return this.state.isConverged;
  }

  /**
   * Resolves to the weighted sums of the features.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]` for two classes, above 0 for the larger one; `[samples, classes]` for more
   */
  async decisionFunction(x: Samples): Promise<Tensor> {
    const { scores, samples, outputs } = await this.#scores("decisionFunction", x);
    return resultTensor(
      scores,
      outputs === 1 ? [samples.rows] : [samples.rows, outputs],
      samples.dtype,
    );
  }

  /**
   * Resolves to the classes' probabilities.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, classes]`, classes ascending
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const { scores, samples, outputs } = await this.#scores("predictProba", x);
    const logs = logProbabilities(scores, outputs);
    return resultTensor(logs.map(Math.exp), [samples.rows, this.classes.length], samples.dtype);
  }

  /**
   * Resolves to the logarithms of the classes' probabilities.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, classes]`, classes ascending
   */
  async predictLogProba(x: Samples): Promise<Tensor> {
    const { scores, samples, outputs } = await this.#scores("predictLogProba", x);
    const logs = logProbabilities(scores, outputs);
    return resultTensor(logs, [samples.rows, this.classes.length], samples.dtype);
  }

  /**
   * Resolves to the most probable classes.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, int32
   */
  override async predict(x: Samples): Promise<Tensor> {
    const { scores, outputs } = await this.#scores("predict", x);
    return bestClasses(outputs === 1 ? twoSided(scores) : scores, this.classes);
  }

  async #scores(
    operation: string,
    x: Samples,
  ): Promise<{ scores: Float64Array; samples: SampleMatrix; outputs: number }> {
    const { coef, intercept } = this.state;
    const [outputs, features] = coef.shape as [number, number];
    const samples = await sampleMatrix(`LogisticRegression.${operation}`, x, { features });
    return { scores: linearScores(samples, coef.data, intercept.data), samples, outputs };
  }
}

/** The two classes' scores whose difference is given. */
function twoSided(scores: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * scores.length }, (_, i) =>
    i % 2 === 1 ? scores[i >> 1]! : 0,
  );
}

/** Returns the logarithm of softmax over each sample's scores. */
function logProbabilities(given: Float64Array, outputs: number): Float64Array {
  const scores = outputs === 1 ? twoSided(given) : given;
  const width = Math.max(2, outputs);
  const logs = new Float64Array(scores.length);
  for (let at = 0; at < scores.length; at += width) {
    const own = scores.subarray(at, at + width);
    const largest = own.reduce((most, z) => Math.max(most, z), -Infinity);
    const total = Math.log(own.reduce((sum, z) => sum + Math.exp(z - largest), 0));
    for (let k = 0; k < width; k++) logs[at + k] = own[k]! - largest - total;
  }
  return logs;
}
