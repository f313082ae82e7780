import { ArgumentError, tidy, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/**
 * Returns the weighted mean of models' parameters and buffers, as a state for `loadStateDict`: models that were trained on from one
 * start average well. Running statistics of normalisation are averaged too, which is not what batches of the mean model would give.
 *
 * @param models - of one architecture, or their states
 * @param options - `weights`: one a model, equal by default
 * @returns tensors that are yours
 * @throws `ArgumentError` if there are none, or names or the number of weights differ
 *
 * Source: Izmailov et al. 2018, "Averaging weights leads to wider optima and better generalization".
 *
 * @example
 * const states = [1, 3].map((value) => ({ weight: tensor([value]) }));
 * averageModels(states).weight.toString(); // => [2]
 */
export function averageModels(
  models: readonly (Module<unknown> | Readonly<Record<string, Tensor>>)[],
  options: { readonly weights?: readonly number[] } = {},
): Record<string, Tensor> {
  const states = models.map((model) => (model instanceof Module ? model.stateDict() : model));
  const weights = options.weights ?? models.map(() => 1);
  const names = Object.keys(states[0] ?? {});
  const isAlike = states.every((state) => String(Object.keys(state)) === String(names));
  if (models.length === 0 || weights.length !== models.length || !isAlike) {
    throw new ArgumentError(
      "averageModels: models: expected at least one, all with the same names, and a weight each, " +
        `got ${models.length} models and ${weights.length} weights`,
    );
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return tidy(() =>
    Object.fromEntries(
      names.map((name) => {
        const parts = states.map((state, i) => state[name]!.mul(weights[i]! / total));
        return [name, parts.reduce((sum, part) => sum.add(part))];
      }),
    ),
  );
}
