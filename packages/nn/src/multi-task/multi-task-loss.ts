import { ArgumentError, type Parameter, type Tensor } from "@tensorloom/tensor";
import type { Loss } from "../training/evaluate.ts";

/** What {@link multiTaskLoss} takes beside the losses. */
export interface MultiTaskLossOptions {
  /** What each task's loss is multiplied by; 1 by default. */
  readonly weights?: Readonly<Record<string, number>>;
  /** `[tasks]`: learnt logarithms of the tasks' variances, in the losses' order, in place of weights; see {@link multiTaskLoss}. */
  readonly logVariances?: Parameter;
  /** The tasks whose loss is a squared error, for weighting by uncertainty; the others are classifications. */
  readonly regressions?: readonly string[];
}

/** Outputs or targets of several tasks, by name or by number. */
export type ByTask<Tasks, Value> = { readonly [K in keyof Tasks]: Value };

/**
 * Returns a loss of several tasks: the weighted sum of theirs; or, with `logVariances`, a sum in which each task's weight is learnt as
 * its uncertainty, `Σ exp(-s) · loss + s / 2` with `s = log σ²` (half the first term for a squared error).
 *
 * @param losses - one a task, by the names of the model's outputs, or in their order
 * @param options - `weights`, or `logVariances` and `regressions`
 * @throws `ArgumentError` for weights of tasks that are not there
 *
 * Source: Kendall, Gal and Cipolla 2018, "Multi-task learning using uncertainty to weigh losses", equations 7 and 10.
 *
 * @example
 * const loss = multiTaskLoss({ a: l1Loss, b: l1Loss }, { weights: { b: 10 } });
 * const [zero, one] = [tensor([0]), tensor([1])];
 * loss({ a: one, b: one }, { a: zero, b: zero }).item(); // => 11
 */
export function multiTaskLoss<Tasks extends Readonly<Record<string, Loss>> | readonly Loss[]>(
  losses: Tasks,
  options: MultiTaskLossOptions = {},
): Loss<ByTask<Tasks, Tensor>, ByTask<Tasks, Tensor>> {
  const { weights = {}, logVariances, regressions = [] } = options;
  const tasks = Object.entries(losses as Readonly<Record<string, Loss>>);
  const names = tasks.map(([name]) => name);
  for (const name of [...Object.keys(weights), ...regressions]) {
    if (names.includes(name)) continue;
    throw new ArgumentError(
      `multiTaskLoss: weights: expected tasks among ${names.join(", ")}, got "${name}"`,
    );
  }
  return (outputs, targets) => {
    const given = outputs as Readonly<Record<string, Tensor>>;
    const wanted = targets as Readonly<Record<string, Tensor>>;
    const parts = tasks.map(([name, loss], i) => {
      const value = loss(given[name]!, wanted[name]!);
      if (logVariances === undefined) return value.mul(weights[name] ?? 1);
      const s = logVariances.value.slice([i], [i + 1]).reshape([]);
      const factor = regressions.includes(name) ? 0.5 : 1;
      return s.neg().exp().mul(value).mul(factor).add(s.mul(0.5));
    });
    return parts.reduce((sum, part) => sum.add(part));
  };
}
