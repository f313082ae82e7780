import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import type { Samples, ShapedArray, Targets } from "../inputs.ts";
import { array, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { centredProblem } from "./centred-problem.ts";
import { leastSquares } from "./least-squares.ts";
import { linearFields, LinearPredictor, type LinearState } from "./linear-predictor.ts";

/** What {@link LinearRegression} takes. */
export interface LinearRegressionOptions {
  /** Whether there is an intercept; true by default. */
  readonly fitIntercept?: boolean;
}

/**
 * Ordinary least squares: the coefficients with the smallest sum of squared errors; where several have it, the shortest.
 *
 * Source: scikit-learn's LinearRegression. Cost: O(samples features²), in float64.
 *
 * @example
 * const model = await new LinearRegression().fit([[0], [1], [2]], [1, 3, 5]);
 * (await model.predict([[10]])).round().toString(); // => [21]
 */
export class LinearRegression extends Estimator<LinearRegressionOptions, LinearRegressionModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - whether there is an intercept */
  constructor(options: LinearRegressionOptions = {}) {
    super(options);
  }

  /**
   * Finds the coefficients.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<LinearRegressionModel> {
    const { fitIntercept = true } = this.getParams();
    const { sampleWeight } = options;
    const problem = await centredProblem("LinearRegression.fit", x, y, {
      fitIntercept,
      sampleWeight,
    });
    const { solution, rank, singular } = leastSquares(problem.columns, problem.target);
    const coef = { data: solution, shape: [solution.length] };
    return new LinearRegressionModel({
      coef,
      intercept: problem.interceptOf(solution),
      rank,
      singular: { data: singular, shape: [singular.length] },
    });
  }
}

/** What {@link LinearRegressionModel} holds. */
interface LinearRegressionState extends LinearState {
  readonly rank: number;
  readonly singular: ShapedArray<Float64Array>;
}

/** What {@link LinearRegression} learns. */
export class LinearRegressionModel extends LinearPredictor<LinearRegressionState> {
  /** @internal */
  static get schema(): Schema<LinearRegressionState> {
    return {
      name: "LinearRegressionModel",
      fields: { ...linearFields, rank: number, singular: array(Float64Array) },
    };
  }

  /** How many features, less their means, are linearly independent. */
  get rank(): number {
    return this.state.rank;
  }

  /** The singular values of the features, less their means, falling. */
  get singular(): Tensor {
    return this.attribute("singular", this.state.singular);
  }
}
