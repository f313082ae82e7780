import { Parameter, zeros, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";
import type { Loss } from "../training/evaluate.ts";
import { multiTaskLoss, type ByTask, type MultiTaskLossOptions } from "./multi-task-loss.ts";

/** One module a task, by name or in a list. */
export type TaskModules = Readonly<Record<string, Module>> | readonly Module[];

/** What {@link HardSharing} takes beside its modules. */
export interface HardSharingOptions {
  /** Whether tasks' losses are added with the weights given (`"fixed"`, the default), or weights are learnt as uncertainties. */
  readonly weighting?: "fixed" | "uncertainty";
}

/**
 * A model of several tasks that share a trunk and have a head each: what is learnt for one helps the others.
 *
 * Parameters: those of trunk and heads (`heads.<task>...`); with weighting by uncertainty `logVariances [tasks]` (zeros).
 *
 * Source: Caruana 1997, "Multitask learning".
 *
 * @example
 * const model = new HardSharing(new Linear(4, 8), { kind: new Linear(8, 3), size: new Linear(8, 1) });
 * const { kind, size } = model.forward(ones([5, 4]));
 * [kind.shape, size.shape]; // => [[5,3],[5,1]]
 */
export class HardSharing<Heads extends TaskModules> extends Module<ByTask<Heads, Tensor>> {
  /** What all tasks share. */
  readonly trunk: Module;
  /** What each has for itself. */
  readonly heads: Heads;
  /** `[tasks]`: the logarithms of the tasks' variances; undefined with fixed weights. */
  readonly logVariances: Parameter | undefined;

  /**
   * @param trunk - gives features
   * @param heads - one a task, each takes the features
   * @param options - `weighting`
   */
  constructor(trunk: Module, heads: Heads, options: HardSharingOptions = {}) {
    super();
    this.trunk = trunk;
    this.heads = heads;
    this.logVariances =
      options.weighting === "uncertainty"
        ? new Parameter(zeros([Object.keys(heads).length]), "logVariances")
        : undefined;
  }

  protected override fields(): [name: string, value: unknown][] {
    return withTasks(super.fields(), "heads", this.heads);
  }

  /**
   * Returns each head's output, by name or in a list as the heads were given.
   *
   * @param x - what the trunk takes
   */
  forward(x: Tensor): ByTask<Heads, Tensor> {
    const features = this.trunk.forward(x);
    return mapTasks(this.heads, (head) => head.forward(features));
  }

  /**
   * Returns the loss of all tasks together, for `fit`; see {@link multiTaskLoss}.
   *
   * @param losses - one a task
   * @param options - `weights`; with weighting by uncertainty `regressions`
   */
  loss(
    losses: ByTask<Heads, Loss>,
    options: Omit<MultiTaskLossOptions, "logVariances"> = {},
  ): Loss<ByTask<Heads, Tensor>, ByTask<Heads, Tensor>> {
    const all = losses as Readonly<Record<string, Loss>>;
    const { logVariances } = this;
    const loss: unknown = multiTaskLoss(all, { ...options, ...(logVariances && { logVariances }) });
    return loss as Loss<ByTask<Heads, Tensor>, ByTask<Heads, Tensor>>;
  }
}

/** Returns `f` of each task's module, in the structure in which they were given. */
export function mapTasks<Tasks extends TaskModules, R>(
  tasks: Tasks,
  f: (module: Module) => R,
): ByTask<Tasks, R> {
  const result: unknown = Array.isArray(tasks)
    ? tasks.map((module: Module) => f(module))
    : Object.fromEntries(
        Object.entries(tasks as Readonly<Record<string, Module>>).map(([name, module]) => [
          name,
          f(module),
        ]),
      );
  return result as ByTask<Tasks, R>;
}

/** Replaces the field that holds tasks by one a task, since modules are not looked for in objects. */
export function withTasks(
  fields: readonly [string, unknown][],
  field: string,
  tasks: TaskModules,
): [string, unknown][] {
  return fields.flatMap(([name, value]): [string, unknown][] =>
    name === field
      ? Object.entries(tasks).map(([task, module]) => [`${field}.${task}`, module])
      : [[name, value]],
  );
}
