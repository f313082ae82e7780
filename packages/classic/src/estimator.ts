import { ArgumentError } from "@tensorloom/tensor";
import type { Samples, Targets } from "./inputs.ts";
import type { FittedModel } from "./fitted-model.ts";
import type { LongWork } from "./parallel/pacer.ts";

/** What an estimator learns to do; cross-validation keeps classes in proportion for classifiers. */
export type EstimatorKind =
  | "classifier"
  | "regressor"
  | "clusterer"
  | "transformer"
  | "outlierDetector"
  | "density"
  | "recommender";

/** What the `fit` of most predictors takes beside samples and targets. */
export interface WeightedFitOptions extends LongWork {
  /** How much each sample counts, not negative; 1 by default. */
  readonly sampleWeight?: Targets;
}

/**
 * What every estimator of this package does. An estimator is its options and never changes: `fit` gives a fitted model,
 * another object of a type of its own, so that "not fitted" cannot happen.
 */
export abstract class Estimator<
  Options extends object = object,
  Fitted extends FittedModel = FittedModel,
  Input = Samples,
> {
  /** What the estimator learns to do. */
  abstract readonly kind: EstimatorKind;
  readonly #options: Readonly<Options>;

  /** @param options - kept as given; checked in `fit` */
  constructor(options: Options) {
    this.#options = { ...options };
  }

  /**
   * Learns from samples, and resolves to the fitted model; the estimator stays as it is.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample; unsupervised estimators leave them alone
   * @param options - `signal`, `onProgress`, and for most predictors `sampleWeight`
   */
  abstract fit(x: Input, y?: Targets, options?: LongWork): Promise<Fitted>;

  /** Returns the options as they were given. */
  getParams(): Options {
    return { ...this.#options };
  }

  /**
   * Returns a new estimator of the same class with some options replaced. `"name__option"` replaces an option of the
   * estimator that the option `name` holds, as in scikit-learn.
   *
   * @param changes - options by name
   * @throws `ArgumentError` for `"name__option"` if the option `name` holds no estimator
   */
  withParams(changes: Partial<Options> | Readonly<Record<`${string}__${string}`, unknown>>): this {
    const Class = this.constructor as new (options: Options) => this;
    const options = new Map<string, unknown>(Object.entries(this.#options));
    for (const [name, value] of Object.entries(changes)) {
      const [own, inner] = splitName(name);
      options.set(own, inner === undefined ? value : changed(own, options.get(own), inner, value));
    }
    return new Class(Object.fromEntries(options) as Options);
  }

  /** Returns a new estimator with the same options. */
  clone(): this {
    return this.withParams({});
  }
}

/** Splits `"name__option"` at the first `__`. */
export function splitName(name: string): [own: string, inner: string | undefined] {
  const at = name.indexOf("__");
  return at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 2)];
}

/** Returns a held estimator with one option replaced. */
export function changed(own: string, held: unknown, inner: string, value: unknown): Estimator {
  if (held instanceof Estimator) return held.withParams({ [inner]: value });
  throw new ArgumentError(
    `withParams: ${own}__${inner}: expected an estimator as ${own}, got ${String(held)}`,
  );
}
