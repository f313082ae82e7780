import { UnsupportedError, type Tensor } from "@tensorloom/tensor";
import { FittedModel, type ModelOutput, type ScoreOptions } from "../fitted-model.ts";
import type { Samples, Targets } from "../inputs.ts";
import type { Table } from "../table.ts";

/** A model that does what another inside of it does, on samples that it may prepare first. */
export abstract class DelegatingModel<State extends object = object> extends FittedModel<State> {
  /** The model inside. */
  protected abstract get inner(): FittedModel;

  /** Resolves to what `use` makes of prepared samples, which are freed afterwards. */
  protected abstract prepared<R>(x: Table, use: (ready: Samples) => Promise<R>): Promise<R>;

  /** Whether the model inside has a method. */
  override supports(method: string): boolean {
    return this.inner.supports(method);
  }

  /** The classes, ascending; undefined unless the model inside is a classifier. */
  get classes(): readonly number[] | undefined {
    return (this.inner as { classes?: readonly number[] }).classes;
  }

  /**
   * Resolves to what the model inside predicts.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`
   * @throws `UnsupportedError` if it predicts nothing
   */
  predict(x: Table): Promise<Tensor> {
    return this.#ask("predict", x);
  }

  /** Resolves to the classes' probabilities, `[samples, classes]`; see {@link DelegatingModel.predict}. */
  predictProba(x: Table): Promise<Tensor> {
    return this.#ask("predictProba", x);
  }

  /** Resolves to the logarithms of the classes' probabilities; see {@link DelegatingModel.predict}. */
  predictLogProba(x: Table): Promise<Tensor> {
    return this.#ask("predictLogProba", x);
  }

  /** Resolves to what decides between the classes; see {@link DelegatingModel.predict}. */
  decisionFunction(x: Table): Promise<Tensor> {
    return this.#ask("decisionFunction", x);
  }

  /** Resolves to how usual samples are; see {@link DelegatingModel.predict}. */
  scoreSamples(x: Table): Promise<Tensor> {
    return this.#ask("scoreSamples", x);
  }

  /** Resolves to the transformed samples; see {@link DelegatingModel.predict}. */
  transform(x: Table): Promise<Tensor> {
    return this.#ask("transform", x);
  }

  /**
   * Resolves to the score of the model inside: of a classifier the share predicted rightly, of a regressor R².
   *
   * @param x - `[samples, features]`
   * @param y - the true targets
   * @param options - `sampleWeight`
   * @throws `UnsupportedError` if it has no score
   */
  score(x: Table, y: Targets, options: ScoreOptions = {}): Promise<number> {
    const { inner } = this;
    this.#check("score");
    type Scored = { score(x: Samples, y: Targets, options: ScoreOptions): Promise<number> };
    return this.prepared(x, (ready) => (inner as unknown as Scored).score(ready, y, options));
  }

  async #ask(method: ModelOutput, x: Table): Promise<Tensor> {
    const { inner } = this;
    this.#check(method);
    type Asked = Record<ModelOutput, (x: Samples) => Promise<Tensor>>;
    return await this.prepared(x, (ready) => (inner as unknown as Asked)[method](ready));
  }

  #check(method: string): void {
    if (this.inner.supports(method)) return;
    throw new UnsupportedError(
      `${this.schema.name}: ${method}: expected a model that has it, got ${this.inner.constructor.name}`,
    );
  }
}
