import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";
import { numberOption } from "../options.ts";
import { runParts } from "../parallel/run-parts.ts";
import type { Schema } from "../persistence/schema.ts";
import { sampleWeights } from "../weights.ts";
import {
  decisionsOf,
  oneMachineFields,
  oneMachineOf,
  type OneMachineState,
} from "./one-machine.ts";
import { warnIfUnscaled } from "./scale-warning.ts";
import { kernelOf, solverOptions, threadsWorth, type KernelMachineOptions } from "./svm-options.ts";

/** What {@link SVR} takes. */
export interface SVROptions extends KernelMachineOptions {
  /** How much errors above `epsilon` cost; 1 by default. */
  readonly C?: number;
  /** How large errors may be at no cost; 0.1 by default. */
  readonly epsilon?: number;
}

/**
 * Fits the flattest function, in the space of a kernel, that errors by `epsilon` at most where that is cheaper than bending.
 * Features should be scaled: it warns once where they are not.
 *
 * Source: Smola and Schölkopf 2004, solved as in LIBSVM (Chang and Lin 2011); scikit-learn's SVR. Cost: between O(samples²)
 * and O(samples³).
 *
 * @example
 * const model = await new SVR({ kernel: "linear", C: 100, epsilon: 0 }).fit([[0], [1], [2]], [1, 3, 5]);
 * (await model.predict([[3]])).round().toString(); // => [7]
 */
export class SVR extends Estimator<SVROptions, SVRModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - C, epsilon, kernel, tolerance */
  constructor(options: SVROptions = {}) {
    super(options);
  }

  /**
   * Finds the support vectors.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(x: Samples, y: Targets, options: WeightedFitOptions = {}): Promise<SVRModel> {
    const params = this.getParams();
    const C = numberOption("SVR", "C", params.C ?? 1, { above: 0 });
    const epsilon = numberOption("SVR", "epsilon", params.epsilon ?? 0.1, { from: 0 });
    const samples = await sampleMatrix("SVR.fit", x);
    const { data, rows, columns } = samples;
    const targets = await targetValues("SVR.fit", y, rows);
    const weights = await sampleWeights("SVR.fit", options.sampleWeight, rows);
    const kernel = kernelOf("SVR", params, samples);
    warnIfUnscaled("SVR.fit", samples);
    // Each sample has two variables, by how much it lies above the function and below it.
    const twice = <T>(value: (i: number, isAbove: boolean) => T): T[] =>
      Array.from({ length: 2 * rows }, (_, v) => value(v % rows, v < rows));
    const part = {
      samples: Int32Array.from(twice((i) => i)),
      signs: Float64Array.from(twice((_, isAbove) => (isAbove ? 1 : -1))),
      linear: Float64Array.from(
        twice((i, isAbove) => (isAbove ? epsilon - targets[i]! : epsilon + targets[i]!)),
      ),
      bounds: Float64Array.from(twice((i) => C * weights[i]!)),
      start: new Float64Array(2 * rows),
      number: 0,
    };
    const solver = solverOptions("SVR", params);
    const plan = { data, columns, kernel, probability: false, seed: 0, ...solver };
    const nJobs = threadsWorth("SVR", params, kernel, [part], columns);
    const [solution] = await runParts("SVR.fit", "solveSvm", plan, [part], { ...options, nJobs });
    const { alpha } = solution!;
    const coefficients = Float64Array.from(
      data.subarray(0, rows),
      (_, i) => alpha[i]! - alpha[i + rows]!,
    );
    return new SVRModel(oneMachineOf(samples, kernel, coefficients, solution!));
  }
}

/** What {@link SVR} learns. */
export class SVRModel extends RegressorModel<OneMachineState> {
  /** @internal */
  static get schema(): Schema<OneMachineState> {
    return { name: "SVRModel", fields: oneMachineFields };
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.supportVectors.shape[1]!;
  }

  /** `[vectors]`: the support vectors' places among the training samples. */
  get support(): Tensor {
    return this.attribute("support", this.state.support);
  }

  /** `[vectors, features]`: the training samples that lie `epsilon` or more off the function. */
  get supportVectors(): Tensor {
    return this.attribute("supportVectors", this.state.supportVectors);
  }

  /** `[1, vectors]`: their coefficients in the function. */
  get dualCoef(): Tensor {
    return this.attribute("dualCoef", this.state.dualCoef);
  }

  /** `[1]`: the function's constant. */
  get intercept(): Tensor {
    return this.attribute("intercept", this.state.intercept);
  }

  /** How many steps the solver took. */
  get nIter(): number {
    return this.state.nIter;
  }

  /** Resolves to the predicted values, `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const features = this.nFeaturesIn;
    const { data, rows, dtype } = await sampleMatrix("SVR.predict", x, { features });
    return resultTensor(decisionsOf(this.state, data, rows), [rows], dtype);
  }
}
