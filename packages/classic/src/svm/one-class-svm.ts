import { tensor, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, type Samples, type Targets } from "../inputs.ts";
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

/** What {@link OneClassSVM} takes. */
export interface OneClassSVMOptions extends KernelMachineOptions {
  /** At most this share of training samples counts as outliers, and at least this share are support vectors; 0.5 by default. */
  readonly nu?: number;
}

/**
 * Learns where samples lie, to tell outliers: the smallest region, in the space of a kernel, that holds all but the share `nu`.
 *
 * Source: Schölkopf et al. 2001, solved as in LIBSVM (Chang and Lin 2011); scikit-learn's OneClassSVM. Cost: between
 * O(samples²) and O(samples³).
 *
 * @example
 * const x = Array.from({ length: 20 }, (_, i) => [i % 5, i % 4]);
 * const model = await new OneClassSVM({ nu: 0.3 }).fit(x);
 * (await model.predict([[2, 2], [50, 50]])).toString(); // => [ 1, -1]
 */
export class OneClassSVM extends Estimator<OneClassSVMOptions, OneClassSVMModel> {
  override readonly kind: EstimatorKind = "outlierDetector";

  /** @param options - nu, kernel, tolerance */
  constructor(options: OneClassSVMOptions = {}) {
    super(options);
  }

  /**
   * Finds the support vectors.
   *
   * @param x - `[samples, features]`
   * @param y - ignored
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(
    x: Samples,
    y?: Targets,
    options: WeightedFitOptions = {},
  ): Promise<OneClassSVMModel> {
    const params = this.getParams();
    const nu = numberOption("OneClassSVM", "nu", params.nu ?? 0.5, { above: 0, to: 1 });
    const samples = await sampleMatrix("OneClassSVM.fit", x);
    const { data, rows, columns } = samples;
    const bounds = await sampleWeights("OneClassSVM.fit", options.sampleWeight, rows);
    const kernel = kernelOf("OneClassSVM", params, samples);
    warnIfUnscaled("OneClassSVM.fit", samples);
    const part = {
      samples: Int32Array.from({ length: rows }, (_, i) => i),
      signs: new Float64Array(rows).fill(1),
      linear: new Float64Array(rows),
      bounds,
      start: filled(bounds, nu * bounds.reduce((sum, bound) => sum + bound, 0)),
      number: 0,
    };
    const solver = solverOptions("OneClassSVM", params);
    const plan = { data, columns, kernel, probability: false, seed: 0, ...solver };
    const nJobs = threadsWorth("OneClassSVM", params, kernel, [part], columns);
    const found = await runParts("OneClassSVM.fit", "solveSvm", plan, [part], {
      ...options,
      nJobs,
    });
    const solution = found[0]!;
    return new OneClassSVMModel(oneMachineOf(samples, kernel, solution.alpha, solution));
  }
}

/** Fills up to the bounds, from the first on, until the sum is reached. */
function filled(bounds: Float64Array, sum: number): Float64Array {
  let left = sum;
  return bounds.map((bound) => {
    const own = Math.min(bound, left);
    left -= own;
    return own;
  });
}

/** What {@link OneClassSVM} learns. */
export class OneClassSVMModel extends FittedModel<OneMachineState> {
  /** @internal */
  static get schema(): Schema<OneMachineState> {
    return {
      name: "OneClassSVMModel",
      fields: oneMachineFields,
    };
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.supportVectors.shape[1]!;
  }

  /** `[vectors]`: the support vectors' places among the training samples. */
  get support(): Tensor {
    return this.attribute("support", this.state.support);
  }

  /** `[vectors, features]`: the training samples on the region's border or outside. */
  get supportVectors(): Tensor {
    return this.attribute("supportVectors", this.state.supportVectors);
  }

  /** `[1, vectors]`: their coefficients. */
  get dualCoef(): Tensor {
    return this.attribute("dualCoef", this.state.dualCoef);
  }

  /** `[1]`: the constant of the decision function. */
  get intercept(): Tensor {
    return this.attribute("intercept", this.state.intercept);
  }

  /** How many steps the solver took. */
  get nIter(): number {
    return this.state.nIter;
  }

  /** What is taken from scores to get decision values. */
  get offset(): number {
    return -this.state.intercept.data[0]!;
  }

  /** Resolves to decision values, `[samples]`: positive inside the region. */
  async decisionFunction(x: Samples): Promise<Tensor> {
    const { values, rows, dtype } = await this.#decide("decisionFunction", x);
    return resultTensor(values, [rows], dtype);
  }

  /** Resolves to decision values without their constant, `[samples]`. */
  async scoreSamples(x: Samples): Promise<Tensor> {
    const { values, rows, dtype } = await this.#decide("scoreSamples", x);
    const { offset } = this;
    return resultTensor(
      values.map((value) => value + offset),
      [rows],
      dtype,
    );
  }

  /** Resolves to 1 for samples inside the region and -1 for outliers, `[samples]`, int32. */
  async predict(x: Samples): Promise<Tensor> {
    const { values } = await this.#decide("predict", x);
    return tensor(Int32Array.from(values, (value) => (value >= 0 ? 1 : -1)));
  }

  async #decide(
    operation: string,
    x: Samples,
  ): Promise<{ values: Float64Array; rows: number; dtype: "float32" | "float64" }> {
    const features = this.nFeaturesIn;
    const { data, rows, dtype } = await sampleMatrix(`OneClassSVM.${operation}`, x, { features });
    return { values: decisionsOf(this.state, data, rows), rows, dtype };
  }
}
