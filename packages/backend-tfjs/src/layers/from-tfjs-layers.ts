import type { Module } from "@tensorloom/nn";
import { tidy, UnsupportedError, type Tensor } from "@tensorloom/tensor";
import { buildModel } from "./build-model.ts";
import { layerKinds } from "./kinds/all-kinds.ts";
import { placesOfWeights } from "./layer-weights.ts";
import { parseModelJson } from "./model-json.ts";
import { bytesOfGroups, type WeightSource } from "./shards.ts";
import { allLayers, readTopology, type LayerSpec, type Topology } from "./topology.ts";
import { weightTensor } from "./weight-values.ts";
import { readManifest } from "./weights-manifest.ts";

/**
 * Returns a model of TensorFlow.js' layers as a module, in evaluation mode: nn's `Sequential` of a Sequential, after an
 * {@link Input}; a {@link LayersGraph} of a functional model, or where masks go from layer to layer. A layer with an activation is
 * two modules.
 *
 * Predictions equal TensorFlow.js' to 1e-5. Weights may be quantised. Recurrent layers are nn's where nn has their activations, else a
 * module of this package. How the model was compiled is not read.
 *
 * Before anything is allocated, it has been seen that paths stay within the model's folder, that sizes are what the shards have, that
 * nesting has an end, graphs have no cycles, and weights are exactly the layers'. Where a layer's options turn out to be wrong, nothing is
 * left over.
 *
 * @param modelJson - a model.json as text or parsed, or what a save handler of TensorFlow.js is given
 * @param weights - the shards in the manifest's order, or one of all; or a function that loads one by its path
 * @returns the model on the current backend; a functional model with several outputs gives an array of them
 * @throws `UnsupportedError` naming all layers that there are no modules for; `FormatError` for a file that is not what it should be
 *
 * @example
 * import { fromTfjsLayers } from "@tensorloom/backend-tfjs";
 * const dense = { class_name: "Dense", config: { name: "d", units: 1, batch_input_shape: [null, 2] } };
 * const manifest = [
 *   { name: "d/kernel", shape: [2, 1], dtype: "float32" },
 *   { name: "d/bias", shape: [1], dtype: "float32" },
 * ];
 * const modelJson = {
 *   modelTopology: { class_name: "Sequential", config: { layers: [dense] } },
 *   weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights: manifest }],
 * };
 * const model = await fromTfjsLayers(modelJson, new Float32Array([1, 2, 3]).buffer);
 * model.forward(tensor([[10, 20]])).toString(); // => [[53]]
 */
export async function fromTfjsLayers<Output = Tensor>(
  modelJson: string | object,
  weights: WeightSource,
): Promise<Module<Output>> {
  const parsed = parseModelJson(modelJson);
  const topology = readTopology(parsed);
  checkKinds(topology);
  const groups = readManifest(parsed);
  const places = placesOfWeights(allLayers(topology), groups);
  const bytes = await bytesOfGroups(groups, weights);
  const weightsOf = (layer: LayerSpec): Record<string, Tensor> =>
    Object.fromEntries(
      [...places.get(layer)!].map(([name, { entry, group, offset }]) => [
        name,
        weightTensor(entry, bytes[group]!.subarray(offset, offset + entry.byteLength)),
      ]),
    );
  return tidy(() => buildModel(topology, weightsOf)).eval() as Module<Output>;
}

/** Throws unless there are modules for all layers. */
function checkKinds(topology: Topology): void {
  const lacking = [...allLayers(topology)].flatMap(({ name, className, config }) => {
    const kind = layerKinds.get(className);
    const refusal = kind?.refusal?.(config);
    if (kind !== undefined && refusal === undefined) return [];
    return [`${className} ${JSON.stringify(name)}${refusal === undefined ? "" : ` (${refusal})`}`];
  });
  if (lacking.length === 0) return;
  throw new UnsupportedError(
    `fromTfjsLayers: layers: expected layers that there are modules for, got ${lacking.join(", ")}; ` +
      `there are modules for ${[...layerKinds.keys()].join(", ")}`,
  );
}
