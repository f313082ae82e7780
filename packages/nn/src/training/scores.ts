import { keep, noGrad, tidy, type Tensor } from "@tensorloom/tensor";
import type { EpochMetric, MetricState } from "./metrics/metric.ts";

/** Loss and metrics of an epoch, as batches come in. */
export class EpochScores {
  readonly #states: readonly (readonly [name: string, state: MetricState])[];

  /** @param metrics - in the order in which values are to come */
  constructor(metrics: readonly EpochMetric[]) {
    this.#states = metrics.map((metric) => [metric.name, metric.start()]);
  }

  /** Returns what the metrics measure of a batch, to be read for {@link EpochScores.add}; no gradient passes. */
  measure(outputs: unknown, targets: unknown): Tensor[] {
    return this.#states.map(([, state]) =>
      keep(tidy(() => noGrad(() => state.measure(outputs as Tensor, targets as Tensor)))),
    );
  }

  /** Takes in what was measured of a batch, once it is read. */
  add(measured: readonly ArrayLike<number>[], samples: number): void {
    this.#states.forEach(([, state], i) => state.add(measured[i]!, samples));
  }

  /** Returns the scores by name. */
  values(): Record<string, number> {
    return Object.fromEntries(this.#states.map(([name, state]) => [name, state.value()]));
  }
}

/** Resolves to the numbers in tensors, which are freed. All at once: a device is asked once, not once a tensor. */
export async function readAll(tensors: readonly Tensor[]): Promise<ArrayLike<number>[]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  for (const tensor of tensors) tensor.dispose();
  return values;
}
