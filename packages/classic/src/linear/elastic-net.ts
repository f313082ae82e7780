import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import type { Samples, Targets } from "../inputs.ts";
import { numberOption, wholeOption } from "../options.ts";
import { Pacer } from "../parallel/pacer.ts";
import { boolean, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { centredProblem } from "./centred-problem.ts";
import { coordinateDescent } from "./coordinate-descent.ts";
import { linearFields, LinearPredictor, type LinearState } from "./linear-predictor.ts";

/** What {@link Lasso} takes. */
export interface LassoOptions {
  /** How strongly large coefficients are punished, above 0; 1 by default. */
  readonly alpha?: number;
  /** Whether there is an intercept, which is not punished; true by default. */
  readonly fitIntercept?: boolean;
  /** Whether coefficients stay at 0 or above; false by default. */
  readonly positive?: boolean;
  /** Sweeps over the coefficients at most; 1000 by default. */
  readonly maxIter?: number;
  /** How small the duality gap must be, as a share of the targets' variance; 1e-4 by default. */
  readonly tol?: number;
}

/** What {@link ElasticNet} takes. */
export interface ElasticNetOptions extends LassoOptions {
  /** The share of the penalty that is on magnitudes, the rest being on squares, in [0, 1]; 0.5 by default. */
  readonly l1Ratio?: number;
}

/**
 * Least squares with a penalty on the coefficients' magnitudes and squares: by the first many become exactly 0.
 *
 * Minimizes the mean squared error / 2 + alpha l1Ratio |w|₁ + alpha (1 - l1Ratio) |w|² / 2.
 *
 * Source: Zou and Hastie 2005; scikit-learn's ElasticNet.
 *
 * @example
 * const model = await new ElasticNet({ alpha: 0.1 }).fit([[-1, 0], [0, 1], [1, 0]], [-2, 0, 2]);
 * (await model.coef.data())[1]; // => 0
 */
export class ElasticNet extends Estimator<ElasticNetOptions, ElasticNetModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - penalties, intercept, when to stop */
  constructor(options: ElasticNetOptions = {}) {
    super(options);
  }

  /**
   * Finds the coefficients by coordinate descent.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for penalties out of range
   */
  override fit(x: Samples, y: Targets, options: WeightedFitOptions = {}): Promise<ElasticNetModel> {
    return fitElasticNet("ElasticNet", x, y, this.getParams(), options);
  }
}

/**
 * Least squares with a penalty of alpha times the coefficients' magnitudes: many become exactly 0. It is
 * {@link ElasticNet} with an `l1Ratio` of 1.
 *
 * Source: Tibshirani 1996; scikit-learn's Lasso.
 *
 * @example
 * const model = await new Lasso({ alpha: 0.1 }).fit([[-1, 0], [0, 1], [1, 0]], [-2, 0, 2]);
 * (await model.coef.data())[1]; // => 0
 */
export class Lasso extends Estimator<LassoOptions, ElasticNetModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - penalty, intercept, when to stop */
  constructor(options: LassoOptions = {}) {
    super(options);
  }

  /**
   * Finds the coefficients by coordinate descent.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for a penalty out of range
   */
  override fit(x: Samples, y: Targets, options: WeightedFitOptions = {}): Promise<ElasticNetModel> {
    return fitElasticNet("Lasso", x, y, { ...this.getParams(), l1Ratio: 1 }, options);
  }
}

async function fitElasticNet(
  name: string,
  x: Samples,
  y: Targets,
  params: ElasticNetOptions,
  options: WeightedFitOptions,
): Promise<ElasticNetModel> {
  const { alpha = 1, l1Ratio = 0.5, fitIntercept = true, positive = false } = params;
  const { maxIter = 1000, tol = 1e-4 } = params;
  numberOption(name, "alpha", alpha, { above: 0 });
  numberOption(name, "l1Ratio", l1Ratio, { from: 0, to: 1 });
  wholeOption(name, "maxIter", maxIter);
  numberOption(name, "tol", tol, { from: 0 });
  const { sampleWeight } = options;
  const problem = await centredProblem(`${name}.fit`, x, y, {
    fitIntercept,
    sampleWeight,
    meanWeight: true,
  });
  const { columns, target } = problem;
  const pacer = new Pacer(maxIter, options);
  const strength = alpha * target.length;
  const found = await coordinateDescent(
    columns,
    target,
    { l1: strength * l1Ratio, l2: strength * (1 - l1Ratio), positive, tol, maxIter },
    (sweep) => pacer.done(sweep),
  );
  return new ElasticNetModel({
    coef: { data: found.coef, shape: [found.coef.length] },
    intercept: problem.interceptOf(found.coef),
    nIter: found.iterations,
    dualGap: found.gap / target.length,
    isConverged: found.isConverged,
  });
}

/** What {@link ElasticNetModel} holds. */
interface ElasticNetState extends LinearState {
  readonly nIter: number;
  readonly dualGap: number;
  readonly isConverged: boolean;
}

/** What {@link ElasticNet} and {@link Lasso} learn. */
export class ElasticNetModel extends LinearPredictor<ElasticNetState> {
  /** @internal */
  static get schema(): Schema<ElasticNetState> {
    return {
      name: "ElasticNetModel",
      fields: { ...linearFields, nIter: number, dualGap: number, isConverged: boolean },
    };
  }

  /** Sweeps over the coefficients. */
  get nIter(): number {
    return this.state.nIter;
  }

  /** How far the objective is from its minimum at most. */
  get dualGap(): number {
    return this.state.dualGap;
  }

  /** Whether that is as small as `tol` asked; if not, raise `maxIter` or scale the features. */
  get isConverged(): boolean {
    return this.state.isConverged;
  }
}
