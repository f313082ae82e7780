import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import type { Samples, Targets } from "../inputs.ts";
import { numberOption } from "../options.ts";
import type { Schema } from "../persistence/schema.ts";
import { centredProblem, dot } from "./centred-problem.ts";
import { choleskySolver } from "./cholesky.ts";
import { leastSquares } from "./least-squares.ts";
import { linearFields, LinearPredictor, type LinearState } from "./linear-predictor.ts";

/** What {@link Ridge} takes. */
export interface RidgeOptions {
  /** How strongly large coefficients are punished, 0 or more; 1 by default. */
  readonly alpha?: number;
  /** Whether there is an intercept, which is not punished; true by default. */
  readonly fitIntercept?: boolean;
}

/**
 * Least squares with a penalty of alpha times the coefficients' squared length.
 *
 * Source: Hoerl and Kennard 1970; scikit-learn's Ridge. Cost: O(samples features²), or O(samples² features) if there are
 * more features than samples, in float64.
 *
 * @example
 * const model = await new Ridge({ alpha: 2 }).fit([[-1], [0], [1]], [-2, 0, 2]);
 * model.coef.item().toFixed(3); // => 1.000
 */
export class Ridge extends Estimator<RidgeOptions, RidgeModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - alpha, intercept */
  constructor(options: RidgeOptions = {}) {
    super(options);
  }

  /**
   * Finds the coefficients.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`
   * @throws `ArgumentError` for a negative alpha
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<RidgeModel> {
    const { alpha = 1, fitIntercept = true } = this.getParams();
    numberOption("Ridge", "alpha", alpha, { from: 0 });
    const { sampleWeight } = options;
    const problem = await centredProblem("Ridge.fit", x, y, { fitIntercept, sampleWeight });
    const solution = solveRidge(problem.columns, problem.target, alpha);
    const coef = { data: solution, shape: [solution.length] };
    return new RidgeModel({ coef, intercept: problem.interceptOf(solution) });
  }
}

/** (AᵀA + αI)⁻¹Aᵀb, or Aᵀ(AAᵀ + αI)⁻¹b, whichever matrix is smaller. */
function solveRidge(columns: Float64Array[], target: Float64Array, alpha: number): Float64Array {
  const [n, m] = [columns.length, target.length];
  const isWide = n > m;
  const vectors = isWide
    ? Array.from(target, (_, i) => Float64Array.from(columns, (column) => column[i]!))
    : columns;
  const size = vectors.length;
  const gram = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) gram[i * size + j] = dot(vectors[i]!, vectors[j]!);
    gram[i * size + i]! += alpha;
  }
  // Without a penalty, columns that depend on each other need the shortest of many solutions.
  const solve = choleskySolver(gram, size);
  if (solve === undefined) return leastSquares(columns, target).solution;
  const right = isWide ? target : Float64Array.from(columns, (column) => dot(column, target));
  solve(right);
  return isWide ? Float64Array.from(columns, (column) => dot(column, right)) : right;
}

/** What {@link Ridge} learns. */
export class RidgeModel extends LinearPredictor {
  /** @internal */
  static get schema(): Schema<LinearState> {
    return { name: "RidgeModel", fields: linearFields };
  }
}
