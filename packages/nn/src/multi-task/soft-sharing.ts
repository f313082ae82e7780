import { ArgumentError, stack, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";
import { mapTasks, withTasks, type TaskModules } from "./hard-sharing.ts";
import type { ByTask } from "./multi-task-loss.ts";
import { traceNorm } from "../functional/trace-norm.ts";

/** What {@link SoftSharing} takes beside its models. */
export interface SoftSharingOptions {
  /** Squared distances between the models' parameters (`"l2"`, the default), or the trace norm of the parameters, a row a model. */
  readonly penalty?: "l2" | "trace";
  /** What the penalty is multiplied by; 1e-3 by default. */
  readonly strength?: number;
}

/**
 * Models of several tasks, each with parameters of its own, which a penalty draws together. Parameters are shared that have the same
 * path and shape in all models; what differs, such as a last layer of another width, is each task's own.
 *
 * Parameters: `models.<task>...`.
 *
 * Source: Duong et al. 2015, "Low resource dependency parsing" (l2); Yang and Hospedales 2017, "Trace norm regularised deep multi-task
 * learning" (trace).
 *
 * @example
 * const models = { a: new Linear(2, 2), b: new Linear(2, 2) };
 * const sharing = new SoftSharing(models, { strength: 0.1 });
 * models.b.loadStateDict(models.a.stateDict());
 * sharing.penalty().item(); // => 0
 */
export class SoftSharing<Models extends TaskModules> extends Module<ByTask<Models, Tensor>> {
  /** One a task. */
  readonly models: Models;
  readonly #penalty: "l2" | "trace";
  readonly #strength: number;

  /**
   * @param models - one a task
   * @param options - `penalty`, `strength`
   * @throws `ArgumentError` for fewer than two models, for models that share no parameter, or a negative strength
   */
  constructor(models: Models, options: SoftSharingOptions = {}) {
    super();
    const { penalty = "l2", strength = 1e-3 } = options;
    this.models = models;
    this.#penalty = penalty;
    this.#strength = strength;
    if (Object.keys(models).length < 2 || this.sharedParameters().length === 0) {
      throw new ArgumentError(
        `SoftSharing: models: expected two or more with parameters of the same path and shape, got ${Object.keys(models).length}`,
      );
    }
    if (!(strength >= 0)) {
      throw new ArgumentError(
        `SoftSharing: strength: expected a number of 0 or more, got ${strength}`,
      );
    }
  }

  protected override fields(): [name: string, value: unknown][] {
    return withTasks(super.fields(), "models", this.models);
  }

  /**
   * Returns each model's output, by name or in a list as they were given.
   *
   * @param x - what each takes
   */
  forward(x: Tensor): ByTask<Models, Tensor> {
    return mapTasks(this.models, (model) => model.forward(x));
  }

  /** Returns the parameters that all models have, each with its value in every model. */
  sharedParameters(): (readonly [path: string, values: readonly Tensor[]])[] {
    const [first, ...others] = Object.values(this.models as Readonly<Record<string, Module>>).map(
      (model) => new Map(model.namedParameters()),
    );
    return [...first!].flatMap(([path, parameter]) => {
      const all = [parameter, ...others.map((parameters) => parameters.get(path))];
      const isShared = all.every((other) => String(other?.shape) === String(parameter.shape));
      return isShared ? [[path, all.map((other) => other!.value)] as const] : [];
    });
  }

  /** Returns the penalty, a scalar: `fit` takes it as `regularizer: () => model.penalty()`. */
  penalty(): Tensor {
    const parts = this.sharedParameters().map(([, values]) =>
      this.#penalty === "trace"
        ? traceNorm(stack(values).reshape([values.length, -1]))
        : pairwiseDistance(values),
    );
    return parts.reduce((sum, part) => sum.add(part)).mul(this.#strength);
  }
}

/** The sum of squared distances between all pairs. */
function pairwiseDistance(values: readonly Tensor[]): Tensor {
  // Σ_{i<j} |v_i - v_j|² = n Σ |v_i - mean|²: n passes in place of n².
  const all = stack(values);
  return all.sub(all.mean(0)).square().sum().mul(values.length);
}
