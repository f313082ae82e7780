import { tensor, type Tensor } from "@tensorloom/tensor";
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
import { runParts, shared, threadsFor } from "../parallel/run-parts.ts";
import { boolean, list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { classWeights, sampleWeights, type ClassWeight } from "../weights.ts";
import type { LinearPart } from "./dual-coordinate-descent.ts";
import { warnIfUnscaled } from "./scale-warning.ts";
import { doubles } from "./svm-options.ts";

/** What {@link LinearSVC} takes. */
export interface LinearSVCOptions {
  /** How much samples on the wrong side of their margin cost; 1 by default. */
  readonly C?: number;
  /** Whether that cost grows with the square of the distance (default), or with the distance. */
  readonly loss?: "squaredHinge" | "hinge";
  /** Whether there is a constant; true by default. */
  readonly fitIntercept?: boolean;
  /** The value of the column that stands for it, which is drawn towards 0 like the others; 1 by default. */
  readonly interceptScaling?: number;
  /** How much classes count. */
  readonly classWeight?: ClassWeight;
  /** By how much the optimality conditions may be violated; 1e-4 by default. */
  readonly tol?: number;
  /** How many passes over the samples are made at most; 1000 by default. */
  readonly maxIter?: number;
  /** For the order of samples; 0 by default. */
  readonly seed?: number;
  /** How many threads solve, a class each; all, but at most 8, by default. Results do not depend on it. */
  readonly nJobs?: number;
}

/**
 * Separates classes with the widest margin by planes; of more than two, each from the rest. Much faster than {@link SVC} with
 * many samples. Features should be scaled: it warns once where they are not.
 *
 * Source: dual coordinate descent, Hsieh et al. 2008, as in LIBLINEAR; scikit-learn's LinearSVC. Cost: O(samples x features) a
 * pass.
 *
 * @example
 * const model = await new LinearSVC().fit([[-2], [-1], [1], [2]], [0, 0, 1, 1]);
 * (await model.predict([[-3], [3]])).toString(); // => [0, 1]
 */
export class LinearSVC extends Estimator<LinearSVCOptions, LinearSVCModel> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - C, loss, intercept, class weights, tolerance */
  constructor(options: LinearSVCOptions = {}) {
    super(options);
  }

  /**
   * Finds the planes.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range, or a single class
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<LinearSVCModel> {
    const params = this.getParams();
    const { seed = 0, fitIntercept = true } = params;
    const C = numberOption("LinearSVC", "C", params.C ?? 1, { above: 0 });
    const losses = ["squaredHinge", "hinge"] as const;
    const loss = choiceOption("LinearSVC", "loss", params.loss ?? "squaredHinge", losses);
    const scaling = numberOption("LinearSVC", "interceptScaling", params.interceptScaling ?? 1, {
      above: 0,
    });
    const samples = await sampleMatrix("LinearSVC.fit", x);
    const { rows, columns } = samples;
    const targets = await classTargets("LinearSVC.fit", y, rows, 2);
    const { classes, indices } = targets;
    const byClass = classWeights("LinearSVC", params.classWeight, targets);
    const weights = await sampleWeights("LinearSVC.fit", options.sampleWeight, rows);
    warnIfUnscaled("LinearSVC.fit", samples);
    const data = shared(withColumn(samples, fitIntercept ? scaling : undefined));
    const plan = {
      data,
      columns: data.length / rows,
      isSquared: loss === "squaredHinge",
      tol: numberOption("LinearSVC", "tol", params.tol ?? 1e-4, { above: 0 }),
      maxIter: wholeOption("LinearSVC", "maxIter", params.maxIter ?? 1000),
      seed,
    };
    const planes = classes.length === 2 ? [1] : classes.map((_, c) => c);
    const parts: LinearPart[] = planes.map((positive, p) => ({
      signs: Float64Array.from(indices, (index) => (index === positive ? 1 : -1)),
      // A class weighs where it is told from the rest; the rest weighs 1, but of two classes each has its own.
      bounds: weights.map((weight, i) => {
        const index = indices[i]!;
        const own = classes.length === 2 || index === positive ? byClass[index]! : 1;
        return C * weight * own;
      }),
      number: p,
    }));
    const threads = threadsFor("LinearSVC", params.nJobs);
    const nJobs = rows * columns * planes.length < 1e6 ? 1 : threads;
    const found = await runParts("LinearSVC.fit", "descendCoordinates", plan, parts, {
      ...options,
      nJobs,
    });
    const coef = new Float64Array(planes.length * columns);
    found.forEach((solution, p) => coef.set(solution.weights.subarray(0, columns), p * columns));
    const intercept = Float64Array.from(found, (solution) =>
      fitIntercept ? solution.weights[columns]! * scaling : 0,
    );
    return new LinearSVCModel({
      classes,
      coef: { data: coef, shape: [planes.length, columns] },
      intercept: { data: intercept, shape: [planes.length] },
      nIter: Math.max(...found.map(({ iterations }) => iterations)),
      hasConverged: found.every(({ iterations }) => iterations < plan.maxIter),
    });
  }
}

/** Adds a column of one value, if there is one. */
function withColumn(
  { data, rows, columns }: SampleMatrix,
  value: number | undefined,
): Float64Array {
  if (value === undefined) return data;
  const wide = new Float64Array(rows * (columns + 1)).fill(value);
  for (let i = 0; i < rows; i++) {
    wide.set(data.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
  }
  return wide;
}

/** What {@link LinearSVCModel} holds. */
interface LinearSVCState {
  readonly classes: readonly number[];
  readonly coef: ShapedArray<Float64Array>;
  readonly intercept: ShapedArray<Float64Array>;
  readonly nIter: number;
  readonly hasConverged: boolean;
}

/** What {@link LinearSVC} learns. */
export class LinearSVCModel extends ClassifierModel<LinearSVCState> {
  /** @internal */
  static get schema(): Schema<LinearSVCState> {
    return {
      name: "LinearSVCModel",
      fields: {
        classes: list(number),
        coef: doubles,
        intercept: doubles,
        nIter: number,
        hasConverged: boolean,
      },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.coef.shape[1]!;
  }

  /** `[planes, features]`: the planes' weights: one plane for two classes, else one a class. */
  get coef(): Tensor {
    return this.attribute("coef", this.state.coef);
  }

  /** `[planes]`: their constants. */
  get intercept(): Tensor {
    return this.attribute("intercept", this.state.intercept);
  }

  /** How many passes the slowest plane took. */
  get nIter(): number {
    return this.state.nIter;
  }

  /** Whether all planes met the tolerance; if not, scale the features, or raise `maxIter`. */
  get hasConverged(): boolean {
    return this.state.hasConverged;
  }

  /** Resolves to signed distances from the planes times their weights' length: `[samples]` for two classes, else `[samples, classes]`. */
  async decisionFunction(x: Samples): Promise<Tensor> {
    const { values, rows, planes, dtype } = await this.#decide("decisionFunction", x);
    return resultTensor(values, planes === 1 ? [rows] : [rows, planes], dtype);
  }

  /** Resolves to the classes of the largest decision value, `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    const { values, planes } = await this.#decide("predict", x);
    if (planes > 1) return bestClasses(values, this.classes);
    return tensor(Int32Array.from(values, (value) => this.classes[Number(value > 0)]!));
  }

  async #decide(
    operation: string,
    x: Samples,
  ): Promise<{ values: Float64Array; rows: number; planes: number; dtype: "float32" | "float64" }> {
    const { coef, intercept } = this.state;
    const [planes, features] = coef.shape as readonly [number, number];
    const { data, rows, dtype } = await sampleMatrix(`LinearSVC.${operation}`, x, { features });
    const values = new Float64Array(rows * planes);
    for (let i = 0; i < rows; i++) {
      for (let p = 0; p < planes; p++) {
        let sum = intercept.data[p]!;
        for (let f = 0; f < features; f++) {
          sum += coef.data[p * features + f]! * data[i * features + f]!;
        }
        values[i * planes + p] = sum;
      }
    }
    return { values, rows, planes, dtype };
  }
}
