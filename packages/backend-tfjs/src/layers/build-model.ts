import { Sequential, type Module } from "@tensorloom/nn";
import type { Tensor } from "@tensorloom/tensor";
import { layerKinds } from "./kinds/all-kinds.ts";
import { LayersGraph, type GraphNode } from "./layers-graph.ts";
import { allLayers, type LayerCall, type LayerSpec, type Topology } from "./topology.ts";

/** Returns a layer's weights, which the caller frees. */
export type WeightsOf = (layer: LayerSpec) => Readonly<Record<string, Tensor>>;

/**
 * Returns the module of a model: nn's Sequential of a Sequential through which no masks go, else a {@link LayersGraph}.
 */
export function buildModel(topology: Topology, weightsOf: WeightsOf): Module<unknown> {
  const isMasked = [...allLayers(topology)].some(({ className, config }) =>
    layerKinds.get(className)!.makesMask?.(config),
  );
  const ranks: number[] = [];
  const modules = new Map<LayerSpec, readonly Module<unknown>[]>();
  try {
    for (const call of topology.calls) {
      // Beyond the first, outputs are states.
      const inputs = call.inputs.map(({ node, output }) =>
        output > 0 && call.layer.model === undefined ? 2 : ranks[node]!,
      );
      const known = modules.get(call.layer);
      const uses = topology.calls.filter(({ layer }) => layer === call.layer);
      const most = Math.max(...uses.map((use) => use.inputs.length));
      modules.set(call.layer, known ?? modulesOf(call.layer, inputs, most, isMasked, weightsOf));
      ranks.push(rankOf(call, inputs));
    }
  } catch (error) {
    for (const module of [...modules.values()].flat()) module.dispose();
    throw error;
  }
  if (topology.isSequential && !isMasked) {
    return new Sequential(topology.calls.flatMap(({ layer }) => modules.get(layer) as Module[]));
  }
  const whole = new Map([...modules].map(([layer, parts]) => [layer, joined(parts)]));
  const nodes: GraphNode[] = topology.calls.map(({ layer, inputs }) => ({
    name: layer.name,
    module: whole.get(layer)!,
    inputs,
    passesMask: layerKinds.get(layer.className)?.passesMask ?? false,
  }));
  return new LayersGraph(nodes, topology.inputs, topology.outputs);
}

function modulesOf(
  layer: LayerSpec,
  ranks: readonly number[],
  inputs: number,
  isMasked: boolean,
  weightsOf: WeightsOf,
): readonly Module<unknown>[] {
  const { className, config, model } = layer;
  if (model !== undefined) return [buildModel(model, weightsOf)];
  const weights = weightsOf(layer);
  const rank = ranks.length === 0 ? Number.NaN : Math.max(...ranks);
  const modules = layerKinds.get(className)!.build({ config, weights, rank, inputs, isMasked });
  if (!config.flag("trainable", true)) {
    for (const module of modules) {
      for (const parameter of module.parameters()) parameter.trainable = false;
    }
  }
  return modules;
}

function joined(parts: readonly Module<unknown>[]): Module<unknown> {
  return parts.length === 1 ? parts[0]! : new Sequential(...(parts as readonly Module[]));
}

/** How many axes a call's first output has; NaN where that is not known. */
function rankOf({ layer }: LayerCall, inputs: readonly number[]): number {
  const { className, config, model } = layer;
  if (model !== undefined) return ranksOf(model)[model.outputs[0]!.node]!;
  if (className === "InputLayer") {
    const shape = config.raw("batch_input_shape") ?? config.raw("batch_shape");
    return Array.isArray(shape) ? shape.length : Number.NaN;
  }
  return layerKinds.get(className)!.rank?.(config, inputs) ?? inputs[0] ?? Number.NaN;
}

function ranksOf({ calls }: Topology): number[] {
  const ranks: number[] = [];
  for (const call of calls) {
    ranks.push(
      rankOf(
        call,
        call.inputs.map(({ node }) => ranks[node]!),
      ),
    );
  }
  return ranks;
}
