import {
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose2d,
  DepthwiseConv2d,
  Embedding,
  Flatten,
  Linear,
  LSTM,
  Residual,
  RNN,
  SeparableConv2d,
  Sequential,
  type Module,
} from "@tensorloom/nn";
import { ArgumentError, keep, tidy, UnsupportedError, type Tensor } from "@tensorloom/tensor";
import { LayersGraph } from "./layers-graph.ts";
import { configOf, ModelWriter, weightsOf, type Made, type NamedLayer } from "./model-writer.ts";
import type { Json, JsonObject } from "./model-json.ts";
import { Input } from "./modules/input.ts";
import { LookUp } from "./modules/masking.ts";
import { PReLU } from "./modules/prelu.ts";
import { RecurrentLayer } from "./modules/recurrent.ts";

/** What {@link toTfjsLayers} takes. */
export interface ToTfjsLayersOptions {
  /**
   * The shape of one sample, without the batch; null for any size. It need not be given where the model tells: where it begins with an
   * {@link Input}, or with a layer that knows its channels and nothing later needs more.
   */
  readonly inputShape?: readonly (number | null)[];
}

/** A weight in a manifest. */
export interface WeightSpec {
  /** Its layer's name, and its own. */
  readonly name: string;
  /** Its shape. */
  readonly shape: number[];
  /** What its elements are. */
  readonly dtype: "float32";
}

/**
 * A model of TensorFlow.js' layers: `modelJson` and `weights` are the two files; the rest is what `tf.io.fromMemory` takes, so that it
 * can be given the whole.
 */
export interface TfjsLayersModel {
  /** What stands in model.json. */
  readonly modelJson: JsonObject;
  /** What stands in the one shard that model.json names, `group1-shard1of1.bin`. */
  readonly weights: ArrayBuffer;
  /** The layers. */
  readonly modelTopology: JsonObject;
  /** The weights, in the order in which they lie. */
  readonly weightSpecs: WeightSpec[];
  /** {@link TfjsLayersModel.weights}. */
  readonly weightData: ArrayBuffer;
  /** `"layers-model"`. */
  readonly format: string;
  /** Who wrote it. */
  readonly generatedBy: string;
  /** Nobody. */
  readonly convertedBy: null;
}

const shard = "group1-shard1of1.bin";

/**
 * Writes a model as TensorFlow.js' layers, for `tf.loadLayersModel`: a chain of layers as a Sequential, anything else as a functional
 * model. Predictions in evaluation equal ours to 1e-5.
 *
 * What it can write: nn's layers in `Sequential` and `Residual`, and what {@link fromTfjsLayers} reads. Modules with a forward of their
 * own, and layers or options without counterpart, are refused, all of them named.
 *
 * @param model - a module on any backend
 * @param options - `inputShape`
 * @throws `UnsupportedError` naming what has no counterpart; `ArgumentError` where the input's shape must be given
 *
 * @example
 * import { toTfjsLayers } from "@tensorloom/backend-tfjs";
 * const { modelJson, weights } = await toTfjsLayers(new Sequential(new Linear(4, 2), new ReLU()));
 * Object.keys(modelJson).slice(3); // => ["modelTopology","weightsManifest"]
 * weights.byteLength; // => 40
 */
export async function toTfjsLayers(
  model: Module<unknown>,
  options: ToTfjsLayersOptions = {},
): Promise<TfjsLayersModel> {
  const { layers, outputs, values } = tidy(() => plan(model, options));
  try {
    const parts = await Promise.all(
      values.map(async ([, value]) => (await value.data()) as Float32Array),
    );
    const weights = joined(parts);
    const weightSpecs = values.map(([name, { shape }]): WeightSpec => ({
      name,
      shape: [...shape],
      dtype: "float32",
    }));
    const modelTopology = topologyOf(layers, outputs);
    const about = { format: "layers-model", generatedBy: "Tensorloom", convertedBy: null };
    const weightsManifest = [{ paths: [shard], weights: weightSpecs as never }];
    const modelJson = { ...about, modelTopology, weightsManifest };
    return { modelJson, weights, modelTopology, weightSpecs, weightData: weights, ...about };
  } finally {
    for (const [, value] of values) value.dispose();
  }
}

interface Plan {
  readonly layers: readonly NamedLayer[];
  readonly outputs: readonly Made[];
  /** Copies, which are kept. */
  readonly values: readonly (readonly [name: string, value: Tensor])[];
}

function plan(model: Module<unknown>, { inputShape }: ToTfjsLayersOptions): Plan {
  const writer = new ModelWriter();
  const inputs =
    model instanceof LayersGraph
      ? model.inputs.map((node) => writer.input(shapeOf(model, node), model.nodes[node]!.name))
      : [writer.input(inputShape ?? inputShapeOf(model))];
  const outputs = writer.module(model, inputs);
  if (writer.lacking.length > 0) {
    throw new UnsupportedError(
      `toTfjsLayers: model: expected layers that TensorFlow.js has, got ${writer.lacking.join(", ")}`,
    );
  }
  const { layers } = writer;
  if (layers.length === inputs.length) {
    throw new ArgumentError("toTfjsLayers: model: expected one layer or more, got none");
  }
  // Copies: parameters may change while they are read.
  const values = weightsOf(layers).map(
    ([name, value]) => [name, keep(value.astype("float32").add(0))] as const,
  );
  // Nothing else outlives this.
  return {
    layers: layers.map((layer) => Object.assign({}, layer, { weights: {} })),
    outputs,
    values,
  };
}

function shapeOf(graph: LayersGraph<unknown>, node: number): readonly (number | null)[] {
  const { module, name } = graph.nodes[node]!;
  if (module instanceof Input) return module.shape;
  throw new ArgumentError(
    `toTfjsLayers: model: expected an Input at node ${name}, got ${module.constructor.name}`,
  );
}

/** Returns the shape that a model's first layer tells, if that is enough. */
function inputShapeOf(model: Module<unknown>): readonly (number | null)[] {
  const shape = toldBy(model);
  const isWhole = shape?.every((size) => size !== null) ?? false;
  const isNeeded = [["", model] as const, ...model.namedModules()].find(
    ([, module]) => module instanceof Flatten || module instanceof PReLU,
  );
  if (shape !== undefined && (isWhole || isNeeded === undefined)) return shape;
  throw new ArgumentError(
    "toTfjsLayers: inputShape: expected the shape of a sample, since the model's layers do not tell it, got nothing; " +
      "try { inputShape: [28, 28, 1] }",
  );
}

function toldBy(module: Module<unknown>): readonly (number | null)[] | undefined {
  const any = (axes: number, last?: number): (number | null)[] => [
    ...Array.from({ length: axes }, () => null),
    ...(last === undefined ? [] : [last]),
  ];
  if (module instanceof Sequential) {
    for (const layer of module.layers) {
      const told = toldBy(layer);
      if (told !== undefined) return told;
      // One that changes the shape hides it.
      if (layer.parameters().length > 0 || layer instanceof Flatten) return undefined;
    }
    return undefined;
  }
  if (module instanceof Residual) return toldBy(module.body);
  if (module instanceof Input) return module.shape;
  if (module instanceof Linear) return [module.weight.shape[1]!];
  if (module instanceof Conv1d || module instanceof Conv2d || module instanceof Conv3d) {
    const { shape } = module.weight;
    return any(shape.length - 2, shape.at(-2)! * module.groups);
  }
  if (module instanceof DepthwiseConv2d) {
    return any(2, module.weight.shape[3]! / module.multiplier);
  }
  if (module instanceof SeparableConv2d) return any(2, module.inChannels);
  if (module instanceof ConvTranspose2d) return any(2, module.weight.shape[2]!);
  if (module instanceof Embedding || module instanceof LookUp) return any(1);
  if (module instanceof RecurrentLayer) return any(1, module.kernel.shape[0]!);
  if (module instanceof LSTM || module instanceof RNN) {
    return any(1, module.stateDict()["weightIhL0"]!.shape[1]!);
  }
  return undefined;
}

function joined(parts: readonly Float32Array[]): ArrayBuffer {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all.buffer;
}

function topologyOf(layers: readonly NamedLayer[], outputs: readonly Made[]): JsonObject {
  const isChain =
    outputs.length === 1 &&
    outputs[0]!.layer === layers.length - 1 &&
    layers.every(
      ({ uses }, i) =>
        (i === 0 ? uses.length === 0 : uses.length === 1) &&
        (uses[0] ?? []).every(({ layer }) => layer === i - 1) &&
        (uses[0] ?? []).length <= 1,
    );
  return {
    ...(isChain ? sequential(layers) : functional(layers, outputs)),
    keras_version: "tfjs-layers 4.22.0",
    backend: "tensor_flow.js",
  };
}

function sequential([input, ...layers]: readonly NamedLayer[]): JsonObject {
  const { batch_input_shape: shape } = input!.config;
  const list = layers.map((layer, i) => ({
    class_name: layer.className,
    config: {
      ...configOf(layer),
      ...(i === 0 && { batch_input_shape: shape!, dtype: "float32" }),
    },
  }));
  return { class_name: "Sequential", config: { name: "sequential_1", layers: list } };
}

function functional(layers: readonly NamedLayer[], outputs: readonly Made[]): JsonObject {
  const reference = ({ layer, use }: Made): Json[] => [layers[layer]!.name, use, 0];
  const list = layers.map((layer) => ({
    name: layer.name,
    class_name: layer.className,
    config:
      layer.className === "InputLayer" ? { ...layer.config, name: layer.name } : configOf(layer),
    inbound_nodes: layer.uses.map((inputs) => inputs.map((one) => [...reference(one), {}])),
  }));
  const inputs = layers.filter(({ className }) => className === "InputLayer");
  return {
    class_name: "Model",
    config: {
      name: "model_1",
      layers: list,
      input_layers: inputs.map(({ name }) => [name, 0, 0]),
      output_layers: outputs.map(reference),
    },
  };
}
