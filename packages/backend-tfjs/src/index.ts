export { tfjs, type TfjsOptions } from "./engine/tfjs-backend.ts";
export type { EngineName } from "./engine/load-engine.ts";
export { fromTfjsLayers } from "./layers/from-tfjs-layers.ts";
export { LayersGraph, type GraphNode, type NodeOutput } from "./layers/layers-graph.ts";
export { Input } from "./layers/modules/input.ts";
export { Concatenate, Dot, Merge, type MergeMode } from "./layers/modules/merging.ts";
export type { WeightBytes, WeightSource } from "./layers/shards.ts";
export {
  toTfjsLayers,
  type TfjsLayersModel,
  type ToTfjsLayersOptions,
  type WeightSpec,
} from "./layers/to-tfjs-layers.ts";
export type { Json, JsonObject } from "./layers/model-json.ts";
export { registerKernels, type KernelBackendName } from "./kernels/register.ts";
