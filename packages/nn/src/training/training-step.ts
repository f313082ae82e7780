import { ArgumentError, keep, random, valueAndGrad, type Tensor } from "@tensorloom/tensor";
import type { Module } from "../module.ts";
import type { Batch } from "./batches.ts";
import type { TrainingContext } from "./callbacks/callback.ts";
import { findFault } from "./find-fault.ts";
import type { FitOptions } from "./fit.ts";
import { EpochScores, readAll } from "./scores.ts";
import type { EpochMetric } from "./metrics/metric.ts";

/** An epoch of training: steps are taken, and their losses and metrics added up. */
export class EpochOfSteps<Outputs, Targets> {
  readonly #model: Module<Outputs>;
  readonly #options: FitOptions<Outputs, Targets>;
  readonly #context: TrainingContext;
  readonly #metrics: EpochScores;
  readonly #epoch: number;
  #samples = 0;
  #loss = 0;
  #penalty = 0;
  /** Steps taken. */
  steps = 0;

  /** @param epoch - its number, from 1 */
  constructor(
    model: Module<Outputs>,
    options: FitOptions<Outputs, Targets>,
    metrics: readonly EpochMetric[],
    context: TrainingContext,
    epoch: number,
  ) {
    this.#model = model;
    this.#options = options;
    this.#context = context;
    this.#metrics = new EpochScores(metrics);
    this.#epoch = epoch;
  }

  /** The mean loss of the samples so far. */
  get meanLoss(): number {
    return this.#loss / this.#samples;
  }

  /** Returns loss and metrics over the samples so far. */
  values(): Record<string, number> {
    return {
      loss: this.meanLoss,
      ...(this.#options.regularizer && { penalty: this.#penalty / this.#samples }),
      ...this.#metrics.values(),
    };
  }

  /**
   * Computes loss and gradients, and moves the parameters unless the loss is not finite. Resolves to the loss with its penalty, or to
   * undefined if it is not finite and a callback ends training for it.
   */
  async take(batch: Batch<Targets>): Promise<number | undefined> {
    const { optimizer, loss, regularizer, callbacks = [] } = this.#options;
    const epoch = this.#epoch;
    const step = ++this.steps;
    const drawn = random.getState();
    const parts: Tensor[] = [];
    const { value, gradients } = valueAndGrad(() => {
      const outputs = this.#model.forward(batch.x);
      const losses = [loss(outputs, batch.y), ...(regularizer ? [regularizer(this.#model)] : [])];
      parts.push(...losses.map(keep), ...this.#metrics.measure(outputs, batch.y));
      return losses.reduce((sum, part) => sum.add(part));
    }, optimizer.parameters)();
    const read = await readAll(parts);
    value.dispose();
    const [lossValue, penalty] = [read[0]![0]!, regularizer === undefined ? 0 : read[1]![0]!];
    const total = lossValue + penalty;
    const isFinite = Number.isFinite(total);
    if (isFinite) optimizer.step(gradients);
    for (const gradient of gradients) gradient.dispose();
    if (isFinite) {
      const samples = batch.x.shape[0]!;
      this.#samples += samples;
      this.#loss += samples * lossValue;
      this.#penalty += samples * penalty;
      this.#metrics.add(read.slice(regularizer === undefined ? 1 : 2), samples);
      return total;
    }
    for (const callback of callbacks) {
      await callback.onNonFiniteLoss?.({ epoch, step, loss: total }, this.#context);
    }
    if (this.#context.history.endedBy === "callback") return undefined;
    throw await this.#fault(batch, total, step, drawn);
  }

  /** What is thrown for a loss that is not finite; in debug mode the step is taken again, to see where it went wrong. */
  async #fault(
    batch: Batch<Targets>,
    loss: number,
    step: number,
    drawn: random.GeneratorState,
  ): Promise<ArgumentError> {
    const { debug = false, optimizer, regularizer } = this.#options;
    let reason =
      "try a smaller learning rate, clipped gradients, or look for NaN in the data; " +
      "fit's option debug names the first kernel at fault";
    if (debug) {
      random.setState(drawn);
      reason = await findFault(this.#model, batch, optimizer.parameters, (outputs, targets) => {
        const value = this.#options.loss(outputs, targets);
        return regularizer === undefined ? value : value.add(regularizer(this.#model));
      });
    }
    return new ArgumentError(
      `fit: loss: expected a finite number, got ${loss} in epoch ${this.#epoch}, step ${step}; the parameters are those ` +
        `from before this step; ${reason}`,
    );
  }
}
