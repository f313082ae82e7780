import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
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
import { choiceOption, numberOption } from "../options.ts";
import { runParts, shared } from "../parallel/run-parts.ts";
import { array, list, number, oneOf, optional } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { classWeights, sampleWeights, type ClassWeight } from "../weights.ts";
import type { Kernel } from "./kernel.ts";
import { pairDecisions, type Machine } from "./pair-decisions.ts";
import { coupleProbabilities, sigmoidAt } from "./platt.ts";
import { warnIfUnscaled } from "./scale-warning.ts";
import type { SvmPart, SvmSolution } from "./solve-svm.ts";
import {
  doubles,
  kernelField,
  kernelOf,
  solverOptions,
  threadsWorth,
  type KernelMachineOptions,
} from "./svm-options.ts";

/** What {@link SVC} takes. */
export interface SVCOptions extends KernelMachineOptions {
  /** How much samples on the wrong side of their margin cost: small for wide margins, large to fit every sample; 1 by default. */
  readonly C?: number;
  /** How much classes count. */
  readonly classWeight?: ClassWeight;
  /** Whether the model can tell probabilities: five more fits a pair of classes; false by default. */
  readonly probability?: boolean;
  /** Whether `decisionFunction` has a column a class, `"ovr"` (default), or a pair of classes, `"ovo"`. */
  readonly decisionFunctionShape?: "ovr" | "ovo";
  /** For the folds behind probabilities; 0 by default. */
  readonly seed?: number;
}

/**
 * Separates classes with the widest margin in the space of a kernel; of more than two classes, each pair (one against one).
 * Features should be scaled: it warns once where they are not.
 *
 * Source: Cortes and Vapnik 1995, solved as in LIBSVM (Chang and Lin 2011); scikit-learn's SVC. Cost: between O(samples²) and
 * O(samples³).
 *
 * @example
 * const model = await new SVC({ kernel: "linear" }).fit([[0], [1], [3], [4]], [0, 0, 1, 1]);
 * (await model.predict([[-1], [5]])).toString(); // => [0, 1]
 * model.supportVectors.toString(); // => [[1], [3]]
 * (await model.decisionFunction([[2], [3]])).round().array(); // => [0,1]
 */
export class SVC extends Estimator<SVCOptions, SVCModel> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - C, kernel, class weights, tolerance */
  constructor(options: SVCOptions = {}) {
    super(options);
  }

  /**
   * Finds the support vectors.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range, or a single class
   */
  override async fit(x: Samples, y: Targets, options: WeightedFitOptions = {}): Promise<SVCModel> {
    const params = this.getParams();
    const C = numberOption("SVC", "C", params.C ?? 1, { above: 0 });
    const decisionShape = choiceOption(
      "SVC",
      "decisionFunctionShape",
      params.decisionFunctionShape ?? "ovr",
      ["ovr", "ovo"],
    );
    const { probability = false, seed = 0 } = params;
    const samples = await sampleMatrix("SVC.fit", x);
    const { data, rows, columns } = samples;
    const targets = await classTargets("SVC.fit", y, rows, 2);
    const byClass = classWeights("SVC", params.classWeight, targets);
    const weights = await sampleWeights("SVC.fit", options.sampleWeight, rows);
    const bounds = weights.map((weight, i) => C * weight * byClass[targets.indices[i]!]!);
    const kernel = kernelOf("SVC", params, samples);
    const solver = solverOptions("SVC", params);
    warnIfUnscaled("SVC.fit", samples);
    const parts = pairParts(targets.indices, targets.classes.length, bounds);
    const plan = { data: shared(data), columns, kernel, probability, seed, ...solver };
    const solutions = await runParts("SVC.fit", "solveSvm", plan, parts, {
      ...options,
      nJobs: threadsWorth("SVC", params, kernel, parts, columns),
    });
    return new SVCModel({
      classes: targets.classes,
      decisionShape,
      kernel,
      ...supportOf(samples, targets.indices, targets.classes.length, parts, solutions),
    });
  }
}

/** One problem a pair of classes; the class of the positive sign is the first, but of two the second, as scikit-learn has it. */
function pairParts(indices: Int32Array, classes: number, bounds: Float64Array): SvmPart[] {
  const parts: SvmPart[] = [];
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++) {
      const positive = classes === 2 ? b : a;
      const samples = Int32Array.from(indices.keys()).filter(
        (i) => indices[i] === a || indices[i] === b,
      );
      parts.push({
        samples,
        signs: Float64Array.from(samples, (i) => (indices[i] === positive ? 1 : -1)),
        linear: new Float64Array(samples.length).fill(-1),
        bounds: Float64Array.from(samples, (i) => bounds[i]!),
        start: new Float64Array(samples.length),
        number: parts.length,
      });
    }
  }
  return parts;
}

/** What {@link SVCModel} holds. */
interface SVCState {
  readonly classes: readonly number[];
  readonly decisionShape: "ovr" | "ovo";
  readonly kernel: Kernel;
  readonly support: ShapedArray<Int32Array>;
  readonly supportVectors: ShapedArray<Float64Array>;
  readonly nSupport: readonly number[];
  readonly dualCoef: ShapedArray<Float64Array>;
  readonly intercept: ShapedArray<Float64Array>;
  readonly nIter: readonly number[];
  readonly probA: ShapedArray<Float64Array> | undefined;
  readonly probB: ShapedArray<Float64Array> | undefined;
}

/** Gathers support vectors by class, and each one's coefficients against the other classes. */
function supportOf(
  { data, columns }: SampleMatrix,
  indices: Int32Array,
  classes: number,
  parts: readonly SvmPart[],
  solutions: readonly SvmSolution[],
): Omit<SVCState, "classes" | "decisionShape" | "kernel"> {
  const isSupport = new Uint8Array(indices.length);
  parts.forEach(({ samples }, p) => {
    samples.forEach((sample, i) => {
      if (solutions[p]!.alpha[i]! > 0) isSupport[sample] = 1;
    });
  });
  const support = Int32Array.from(indices.keys())
    .filter((i) => isSupport[i] === 1)
    .sort((i, j) => indices[i]! - indices[j]! || i - j);
  const count = support.length;
  const place = new Int32Array(indices.length);
  support.forEach((sample, s) => (place[sample] = s));
  const coefficients = new Float64Array((classes - 1) * count);
  let p = 0;
  for (let a = 0; a < classes; a++) {
    for (let b = a + 1; b < classes; b++, p++) {
      const { samples, signs } = parts[p]!;
      const { alpha } = solutions[p]!;
      samples.forEach((sample, i) => {
        if (alpha[i] === 0) return;
        const line = indices[sample] === a ? b - 1 : a;
        coefficients[line * count + place[sample]!] = signs[i]! * alpha[i]!;
      });
    }
  }
  const vectors = new Float64Array(count * columns);
  support.forEach((sample, s) => {
    vectors.set(data.subarray(sample * columns, (sample + 1) * columns), s * columns);
  });
  const nSupport = new Array<number>(classes).fill(0);
  for (const sample of support) nSupport[indices[sample]!]!++;
  const ofPairs = (value: (solution: SvmSolution) => number): ShapedArray<Float64Array> => ({
    data: Float64Array.from(solutions, value),
    shape: [solutions.length],
  });
  const hasSigmoids = solutions[0]!.sigmoid !== undefined;
  return {
    support: { data: support, shape: [count] },
    supportVectors: { data: vectors, shape: [count, columns] },
    nSupport,
    dualCoef: { data: coefficients, shape: [classes - 1, count] },
    intercept: ofPairs(({ rho }) => -rho),
    nIter: solutions.map(({ iterations }) => iterations),
    probA: hasSigmoids ? ofPairs(({ sigmoid }) => sigmoid!.a) : undefined,
    probB: hasSigmoids ? ofPairs(({ sigmoid }) => sigmoid!.b) : undefined,
  };
}

/** What {@link SVC} learns. */
export class SVCModel extends ClassifierModel<SVCState> {
  /** @internal */
  static get schema(): Schema<SVCState> {
    return {
      name: "SVCModel",
      fields: {
        classes: list(number),
        decisionShape: oneOf("ovr", "ovo"),
        kernel: kernelField,
        support: array(Int32Array),
        supportVectors: doubles,
        nSupport: list(number),
        dualCoef: doubles,
        intercept: doubles,
        nIter: list(number),
        probA: optional(doubles),
        probB: optional(doubles),
      },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.supportVectors.shape[1]!;
  }

  /** `[vectors]`: the support vectors' places among the training samples, class by class. */
  get support(): Tensor {
    return this.attribute("support", this.state.support);
  }

  /** `[vectors, features]`: the training samples on their margin or on its wrong side. */
  get supportVectors(): Tensor {
    return this.attribute("supportVectors", this.state.supportVectors);
  }

  /** How many support vectors each class has. */
  get nSupport(): readonly number[] {
    return this.state.nSupport;
  }

  /** `[classes - 1, vectors]`: their coefficients in the decision functions against each other class. */
  get dualCoef(): Tensor {
    return this.attribute("dualCoef", this.state.dualCoef);
  }

  /** `[pairs]`: the constants of the decision functions. */
  get intercept(): Tensor {
    return this.attribute("intercept", this.state.intercept);
  }

  /** `[pairs, features]`: the weights of the features, for the linear kernel of two classes; undefined for others. */
  get coef(): Tensor | undefined {
    const { kernel, dualCoef, supportVectors } = this.state;
    if (kernel.name !== "linear" || this.classes.length > 2) return undefined;
    const [count, features] = supportVectors.shape as readonly [number, number];
    const weights = new Float64Array(features);
    for (let s = 0; s < count; s++) {
      for (let f = 0; f < features; f++) {
        weights[f]! += dualCoef.data[s]! * supportVectors.data[s * features + f]!;
      }
    }
    return this.attribute("coef", { data: weights, shape: [1, features] });
  }

  /** The factor of `"rbf"`, `"poly"` and `"sigmoid"`, as it came out. */
  get gamma(): number {
    return this.state.kernel.gamma;
  }

  /** Whether it was fitted with `probability: true`. */
  get tellsProbabilities(): boolean {
    return this.state.probA !== undefined;
  }

  /** Whether the model has a method: `predictProba` and `predictLogProba` only if it tells probabilities. */
  override supports(method: string): boolean {
    if (method === "predictProba" || method === "predictLogProba") {
      return method in this && this.tellsProbabilities;
    }
    return super.supports(method);
  }

  /** How many steps the solver took for each pair of classes. */
  get nIter(): readonly number[] {
    return this.state.nIter;
  }

  /**
   * Resolves to decision values: of two classes `[samples]`, positive for the second, 1 on its margin; of more
   * `[samples, classes]`, votes with their confidence, or with `"ovo"` `[samples, pairs]`, positive for the first of each pair.
   *
   * @param x - `[samples, features]`
   */
  async decisionFunction(x: Samples): Promise<Tensor> {
    const { decisions, rows, dtype } = await this.#decide("decisionFunction", x);
    const pairs = decisions.length / rows;
    if (pairs === 1) return resultTensor(decisions, [rows], dtype);
    if (this.state.decisionShape === "ovo") return resultTensor(decisions, [rows, pairs], dtype);
    const votes = this.#votes(decisions, rows);
    const confidence = this.#confidence(decisions, rows);
    // Confidence, squeezed into a third, breaks ties between votes.
    const values = votes.map((vote, i) => {
      const own = confidence[i]!;
      return vote + own / (3 * (Math.abs(own) + 1));
    });
    return resultTensor(values, [rows, this.classes.length], dtype);
  }

  /** Resolves to the classes that win most pairs, the first of equals, as `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    const { decisions, rows } = await this.#decide("predict", x);
    const { classes } = this;
    if (classes.length > 2) return bestClasses(this.#votes(decisions, rows), classes);
    return tensor(Int32Array.from(decisions, (value) => classes[Number(value > 0)]!));
  }

  /**
   * Resolves to probabilities by Platt's method, `[samples, classes]`; the most probable class need not be the predicted one.
   *
   * @param x - `[samples, features]`
   * @throws `ArgumentError` unless the estimator had `probability: true`
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const { probA, probB } = this.state;
    if (probA === undefined || probB === undefined) {
      throw new ArgumentError(
        "SVC.predictProba: probability: expected a model fitted with it, got one without; try new SVC({ probability: true })",
      );
    }
    const { decisions, rows, dtype } = await this.#decide("predictProba", x);
    const width = this.classes.length;
    const shares = new Float64Array(rows * width);
    const pairs = decisions.length / rows;
    const matrix = new Float64Array(width * width);
    const at = (i: number, p: number): number => {
      const own = { a: probA.data[p]!, b: probB.data[p]! };
      return Math.min(1 - 1e-7, Math.max(1e-7, sigmoidAt(own, decisions[i * pairs + p]!)));
    };
    for (let i = 0; i < rows; i++) {
      if (width === 2) {
        shares[2 * i + 1] = at(i, 0);
        shares[2 * i] = 1 - shares[2 * i + 1]!;
        continue;
      }
      eachPair(width, (a, b, p) => {
        matrix[a * width + b] = at(i, p);
        matrix[b * width + a] = 1 - at(i, p);
      });
      coupleProbabilities(matrix, width, shares, i * width);
    }
    return resultTensor(shares, [rows, width], dtype);
  }

  #votes(decisions: Float64Array, rows: number): Float64Array {
    const width = this.classes.length;
    const votes = new Float64Array(rows * width);
    const pairs = decisions.length / rows;
    for (let i = 0; i < rows; i++) {
      eachPair(width, (a, b, p) => {
        votes[i * width + (decisions[i * pairs + p]! > 0 ? a : b)]!++;
      });
    }
    return votes;
  }

  #confidence(decisions: Float64Array, rows: number): Float64Array {
    const width = this.classes.length;
    const sums = new Float64Array(rows * width);
    const pairs = decisions.length / rows;
    for (let i = 0; i < rows; i++) {
      eachPair(width, (a, b, p) => {
        sums[i * width + a]! += decisions[i * pairs + p]!;
        sums[i * width + b]! -= decisions[i * pairs + p]!;
      });
    }
    return sums;
  }

  async #decide(
    operation: string,
    x: Samples,
  ): Promise<{ decisions: Float64Array; rows: number; dtype: "float32" | "float64" }> {
    const features = this.nFeaturesIn;
    const { data, rows, dtype } = await sampleMatrix(`SVC.${operation}`, x, { features });
    const { kernel, supportVectors, nSupport, dualCoef, intercept } = this.state;
    const machine: Machine = {
      ...{ kernel, features, nSupport },
      vectors: supportVectors.data,
      coefficients: dualCoef.data,
      intercepts: intercept.data,
    };
    return { decisions: pairDecisions(machine, data, rows), rows, dtype };
  }
}

function eachPair(classes: number, visit: (a: number, b: number, pair: number) => void): void {
  let pair = 0;
  for (let a = 0; a < classes; a++) for (let b = a + 1; b < classes; b++) visit(a, b, pair++);
}
