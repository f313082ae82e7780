import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import {
  changed,
  Estimator,
  splitName,
  type EstimatorKind,
  type WeightedFitOptions,
} from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import type { Samples, Targets } from "../inputs.ts";
import { list, modelOf, record, text } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import type { Table } from "../table.ts";
import { DelegatingModel } from "./delegating-model.ts";

/** A named part of a pipeline. */
export type PipelineStep = readonly [name: string, estimator: AnyEstimator];

/** An estimator of samples or of tables. */
export type AnyEstimator = Estimator | Estimator<object, FittedModel, Table>;

/** What {@link Pipeline} takes. */
export interface PipelineOptions {
  /** What happens to samples, in order: all but the last transform them. */
  readonly steps: readonly PipelineStep[];
}

/**
 * Transformers and a last estimator as one: each is fitted on what those before it make of the training samples, so that
 * nothing of a test sample can leak into training when a pipeline is cross-validated or searched.
 *
 * An option of a step is changed by `withParams({ step__option: value })`, a step itself by `withParams({ step: ... })`.
 *
 * Source: scikit-learn's Pipeline.
 *
 * @example
 * const pipeline = new Pipeline({
 *   steps: [["scale", new StandardScaler()], ["model", new LogisticRegression()]],
 * });
 * const model = await pipeline.fit([[1], [2], [300], [400]], [0, 0, 1, 1]);
 * (await model.predict([[0], [500]])).toString(); // => [0, 1]
 */
export class Pipeline extends Estimator<PipelineOptions, PipelineModel, Table> {
  /** @param options - the steps; also as the array alone */
  constructor(options: PipelineOptions | readonly PipelineStep[]) {
    super(Array.isArray(options) ? { steps: options } : (options as PipelineOptions));
    const { steps } = this.getParams();
    const names = steps.map(([name]) => name);
    const bad = names.find((name, i) => name.includes("__") || names.indexOf(name) !== i);
    if (steps.length === 0 || bad !== undefined) {
      throw new ArgumentError(
        `Pipeline: steps: expected at least one, of different names without "__", got [${names.join(", ")}]`,
      );
    }
  }

  /** What the last step learns to do. */
  get kind(): EstimatorKind {
    return this.getParams().steps.at(-1)![1].kind;
  }

  /** Returns a pipeline with some steps, or options of steps, replaced. */
  override withParams(changes: Partial<PipelineOptions> | Readonly<Record<string, unknown>>): this {
    const steps = new Map<string, AnyEstimator>(this.getParams().steps);
    for (const [name, value] of Object.entries(changes)) {
      if (name === "steps") return new Pipeline(value as PipelineStep[]) as this;
      const [own, inner] = splitName(name);
      if (!steps.has(own)) {
        throw new ArgumentError(
          `Pipeline: ${name}: expected a step of ${[...steps.keys()].join(", ")}, got ${own}`,
        );
      }
      const held = inner === undefined ? value : changed(own, steps.get(own), inner, value);
      steps.set(own, held as AnyEstimator);
    }
    return new Pipeline([...steps]) as this;
  }

  /**
   * Fits the steps one after another.
   *
   * @param x - `[samples, features]`, of the form that the first step takes
   * @param y - the targets
   * @param options - `signal` for all steps; `sampleWeight` and `onProgress` for the last
   * @throws `ArgumentError` if a step that is not the last does not transform
   */
  override async fit(
    x: Table,
    y?: Targets,
    options: WeightedFitOptions = {},
  ): Promise<PipelineModel> {
    const { steps } = this.getParams();
    const { signal } = options;
    const models: { name: string; model: FittedModel }[] = [];
    let current: Table = x;
    try {
      for (const [i, [name, estimator]] of steps.entries()) {
        const isLast = i === steps.length - 1;
        const own = isLast ? options : signal === undefined ? {} : { signal };
        const model = await estimator.fit(current as Samples, y, own);
        models.push({ name, model });
        if (isLast) break;
        const next = await transformed(name, model, current);
        if (current !== x) (current as Tensor).dispose();
        current = next;
      }
    } catch (error) {
      for (const { model } of models) model.dispose();
      throw error;
    } finally {
      if (current !== x) (current as Tensor).dispose();
    }
    return new PipelineModel({ steps: models });
  }
}

async function transformed(name: string, model: FittedModel, x: Table): Promise<Tensor> {
  if (model.supports("transform")) {
    return (model as unknown as { transform(x: Table): Promise<Tensor> }).transform(x);
  }
  throw new ArgumentError(
    `Pipeline: ${name}: expected a step that transforms, since others follow, got ${model.constructor.name}`,
  );
}

/** What {@link PipelineModel} holds. */
interface PipelineState {
  readonly steps: readonly { readonly name: string; readonly model: FittedModel }[];
}

/** What {@link Pipeline} learns: the models of its steps. */
export class PipelineModel extends DelegatingModel<PipelineState> {
  /** @internal */
  static get schema(): Schema<PipelineState> {
    return {
      name: "PipelineModel",
      fields: { steps: list(record({ name: text, model: modelOf(FittedModel) })) },
    };
  }

  /** The steps' models, by name. */
  get steps(): ReadonlyMap<string, FittedModel> {
    return new Map(this.state.steps.map(({ name, model }) => [name, model]));
  }

  protected override get inner(): FittedModel {
    return this.state.steps.at(-1)!.model;
  }

  protected override async prepared<R>(x: Table, use: (ready: Samples) => Promise<R>): Promise<R> {
    let current: Table = x;
    try {
      for (const { name, model } of this.state.steps.slice(0, -1)) {
        const next = await transformed(name, model, current);
        if (current !== x) (current as Tensor).dispose();
        current = next;
      }
      return await use(current as Samples);
    } finally {
      if (current !== x) (current as Tensor).dispose();
    }
  }

  /** Frees the tensors that the steps' models made. */
  override dispose(): void {
    super.dispose();
    for (const { model } of this.state.steps) model.dispose();
  }
}
