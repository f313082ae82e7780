import { currentBackend, keep, tensor, type Tensor } from "@tensorloom/tensor";
import type { ShapedArray, Samples, Targets } from "./inputs.ts";
import { accuracy } from "./metrics/classification.ts";
import { r2 } from "./metrics/regression.ts";
import { record, type Json } from "./persistence/fields.ts";
import type { Schema } from "./persistence/schema.ts";

/** A fitted model as JSON: what `fromJSON` reads. Nested models are of the same form. */
export interface SavedModel {
  /** Says what the file is. */
  readonly format: "tensorloom-classic";
  /** The version of the format. */
  readonly version: 1;
  /** The model's name. */
  readonly model: string;
  /** What it learned, arrays in base64. */
  readonly state: Json;
}

/** A class of models, as the registry holds it. */
export interface ModelClass {
  /** Its name in files and its fields. */
  readonly schema: { readonly name: string; readonly fields: object };
  new (state: never): FittedModel;
}

/**
 * What every fitted model does. Its state is plain data on the host, declared once as a schema; tensors among its
 * attributes are made from that when they are first asked for, on the backend then current, and freed by `dispose`.
 */
export abstract class FittedModel<State extends object = object> {
  /** @internal What was learned. */
  protected readonly state: Readonly<State>;
  readonly #attributes = new Map<string, Tensor>();

  /** @internal Models come from `fit` and from `fromJSON`. */
  constructor(state: State) {
    this.state = state;
  }

  /**
   * Returns the model as JSON, for `JSON.stringify` and `fromJSON`: data only, never code.
   *
   * @throws `UnsupportedError` for a model with a function of the user's own inside
   */
  toJSON(): SavedModel {
    const { name, fields } = this.schema;
    const state = record(fields).write(this.state as State, name);
    return { format: "tensorloom-classic", version: 1, model: name, state };
  }

  /** @internal The class's. */
  protected get schema(): Schema<State> {
    return (this.constructor as unknown as { schema: Schema<State> }).schema;
  }

  /** Whether the model has a method; those that hold another model have what that has. */
  supports(method: string): boolean {
    return method in this;
  }

  /** Frees the tensors that the model made, and those of models inside of it. */
  dispose(): void {
    for (const held of Object.values(this.state).flat()) {
      if (held instanceof FittedModel) held.dispose();
    }
    for (const made of this.#attributes.values()) made.dispose();
    this.#attributes.clear();
  }

  /** Disposes at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Returns an array of the state as a tensor that the model keeps; float32 where the backend has no float64. */
  protected attribute(name: string, { data, shape }: ShapedArray): Tensor {
    let made = this.#attributes.get(name);
    if (made === undefined || made.isDisposed) {
      const isTooWide =
        data instanceof Float64Array && !currentBackend().dtypes.includes("float64");
      made = keep(tensor(data, isTooWide ? { shape, dtype: "float32" } : { shape }));
      this.#attributes.set(name, made);
    }
    return made;
  }
}

/** What models make of samples. */
export type ModelOutput =
  | "predict"
  | "predictProba"
  | "predictLogProba"
  | "decisionFunction"
  | "scoreSamples"
  | "transform";

/** What `score` takes beside samples and targets. */
export interface ScoreOptions {
  /** How much each sample counts; 1 by default. */
  readonly sampleWeight?: Targets;
}

/** What every fitted classifier does. */
export abstract class ClassifierModel<
  State extends object = object,
  Input = Samples,
> extends FittedModel<State> {
  /** The classes, ascending. */
  abstract readonly classes: readonly number[];

  /**
   * Resolves to the predicted classes.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, int32
   */
  abstract predict(x: Input): Promise<Tensor>;

  /**
   * Resolves to the share of samples predicted rightly.
   *
   * @param x - `[samples, features]`
   * @param y - the true classes
   * @param options - `sampleWeight`
   */
  async score(x: Input, y: Targets, options: ScoreOptions = {}): Promise<number> {
    const predicted = await this.predict(x);
    try {
      return await accuracy(y, predicted, options);
    } finally {
      predicted.dispose();
    }
  }
}

/** What every fitted regressor does. */
export abstract class RegressorModel<
  State extends object = object,
  Input = Samples,
> extends FittedModel<State> {
  /**
   * Resolves to the predicted values.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, float64 for float64 samples and float32 else
   */
  abstract predict(x: Input): Promise<Tensor>;

  /**
   * Resolves to the coefficient of determination R².
   *
   * @param x - `[samples, features]`
   * @param y - the true values
   * @param options - `sampleWeight`
   */
  async score(x: Input, y: Targets, options: ScoreOptions = {}): Promise<number> {
    const predicted = await this.predict(x);
    try {
      return await r2(y, predicted, options);
    } finally {
      predicted.dispose();
    }
  }
}

/** What every fitted transformer does. */
export abstract class TransformerModel<
  State extends object = object,
  Input = Samples,
> extends FittedModel<State> {
  /**
   * Resolves to the transformed samples.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, newFeatures]`, float64 for float64 samples and float32 else
   */
  abstract transform(x: Input): Promise<Tensor>;
}

/**
 * Returns for each row of scores the class with the largest, the first of equals.
 *
 * @param scores - `[rows, classes]` row-major
 * @param classes - the classes
 * @returns `[rows]`, int32
 */
export function bestClasses(scores: ArrayLike<number>, classes: readonly number[]): Tensor {
  const width = classes.length;
  const best = new Int32Array(scores.length / width);
  for (let row = 0; row < best.length; row++) {
    let place = 0;
    for (let c = 1; c < width; c++) {
      if (scores[row * width + c]! > scores[row * width + place]!) place = c;
    }
    best[row] = classes[place]!;
  }
  return tensor(best);
}
