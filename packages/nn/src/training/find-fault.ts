import {
  firstNonFinite,
  mapTensors,
  valueAndGrad,
  type Parameter,
  type Tensor,
} from "@tensorloom/tensor";
import type { Module } from "../module.ts";
import { observeForward } from "../module-forward.ts";
import type { Batch } from "./batches.ts";

/**
 * Takes a step again whose loss was not finite, watching every kernel, and resolves to a sentence on where it went wrong: in the data,
 * in the parameters, or in a layer.
 *
 * @param objective - computes the loss from the model's outputs
 */
export async function findFault<Outputs, Targets>(
  model: Module<Outputs>,
  { x, y }: Batch<Targets>,
  parameters: readonly Parameter[],
  objective: (outputs: Outputs, targets: Targets) => Tensor,
): Promise<string> {
  const given: [string, Tensor][] = [["x", x]];
  mapTensors(y, (target) => {
    given.push(["y", target]);
    return target;
  });
  for (const [name, parameter] of model.namedParameters()) given.push([name, parameter.value]);
  for (const [name, tensor] of given) {
    const bad = (await tensor.data()).findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) return `${name} [${tensor.shape.join(", ")}] is not finite at element ${bad}`;
  }
  const names = new Map(model.namedModules().map(([name, module]) => [module, name]));
  const inside: Module[] = [];
  let part = "the model";
  const where = (): string => {
    const layer = inside.at(-1);
    if (part !== "the model" || layer === undefined) return part;
    const name = names.get(layer);
    return name === undefined ? layer.constructor.name : `${name} (${layer.constructor.name})`;
  };
  const before = observeForward({
    before: (module) => void inside.push(module),
    after: () => void inside.pop(),
  });
  try {
    const step = (): unknown =>
      valueAndGrad(() => {
        part = "the model";
        const outputs = model.forward(x);
        part = "the loss";
        const loss = objective(outputs, y);
        part = "the backward pass";
        return loss;
      }, parameters)();
    const { nan, infinity } = await firstNonFinite(step, { where });
    const found = nan ?? infinity;
    if (found === undefined)
      return "taken again, the step gave finite numbers; look at what differs from run to run";
    const first = `the first ${found.value} came from ${found.kernel}, in ${found.where}`;
    return nan !== undefined && infinity !== undefined
      ? `${first}; the first ${infinity.value} from ${infinity.kernel}, in ${infinity.where}`
      : first;
  } finally {
    observeForward(before);
  }
}
