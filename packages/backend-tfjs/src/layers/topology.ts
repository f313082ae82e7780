// A model's topology: Sequential is a list of layers, Model (or Functional) a graph; either may stand in another as a layer.
import { FormatError } from "@tensorloom/tensor";
import { Config } from "./config.ts";
import { layerKinds } from "./kinds/all-kinds.ts";
import {
  isObject,
  listOf,
  malformed,
  member,
  objectOf,
  textOf,
  type Json,
  type JsonObject,
} from "./model-json.ts";

/** A layer as its file describes it. */
export interface LayerSpec {
  /** Its name, unique in its model. */
  readonly name: string;
  /** Its class. */
  readonly className: string;
  /** Its options. */
  readonly config: Config;
  /** What it is made of, if it is a model itself. */
  readonly model: Topology | undefined;
}

/** One of a call's outputs. */
export interface CallOutput {
  /** The call's place in the topology's list. */
  readonly node: number;
  /** Which of its outputs. */
  readonly output: number;
}

/** One use of a layer. */
export interface LayerCall {
  /** The layer. */
  readonly layer: LayerSpec;
  /** What it is applied to: outputs of calls before it. */
  readonly inputs: readonly CallOutput[];
}

/** A model, checked: names are unique, references lead to what there is, and there are no cycles. */
export interface Topology {
  /** Whether it is one layer after another. */
  readonly isSequential: boolean;
  /** Its layers, each once. */
  readonly layers: readonly LayerSpec[];
  /** Each after those that it is applied to. */
  readonly calls: readonly LayerCall[];
  /** Which calls take the model's inputs. */
  readonly inputs: readonly number[];
  /** What it returns. */
  readonly outputs: readonly CallOutput[];
}

const graphs: readonly string[] = ["Model", "Functional"];

/** Returns the topology in a model.json. */
export function readTopology(modelJson: JsonObject): Topology {
  const outer = objectOf("modelTopology", member(modelJson, "modelTopology") ?? modelJson);
  // Keras wraps it once more.
  const model = objectOf("modelTopology", member(outer, "model_config") ?? outer);
  const className = textOf("modelTopology: class_name", member(model, "class_name"));
  const topology = topologyOf("modelTopology", className, member(model, "config"));
  if (topology !== undefined) return topology;
  throw malformed("modelTopology: class_name", `Sequential, ${graphs.join(" or ")}`, className);
}

/** Yields all layers, those of models inside as well, but not these models. */
export function* allLayers({ layers }: Topology): Generator<LayerSpec> {
  for (const layer of layers) {
    if (layer.model === undefined) yield layer;
    else yield* allLayers(layer.model);
  }
}

function topologyOf(
  place: string,
  className: string,
  config: Json | undefined,
): Topology | undefined {
  if (className === "Sequential") return sequentialOf(place, config);
  return graphs.includes(className)
    ? graphOf(place, objectOf(`${place}: config`, config))
    : undefined;
}

function layerOf(place: string, value: Json): LayerSpec {
  const object = objectOf(place, value);
  const className = textOf(`${place}: class_name`, member(object, "class_name"));
  const config = member(object, "config");
  const own = isObject(config) ? member(config, "name") : undefined;
  const name = textOf(`${place}: name`, member(object, "name") ?? own);
  const described = `layer ${JSON.stringify(name)} (${className})`;
  const model = topologyOf(described, className, config);
  const options = model === undefined ? objectOf(`${described}: config`, config) : {};
  return { name, className, config: new Config(described, options), model };
}

function layersOf(place: string, value: Json | undefined): LayerSpec[] {
  const list = listOf(`${place}: layers`, value);
  if (list.length === 0) throw malformed(`${place}: layers`, "one or more", list);
  const layers = list.map((layer, i) => layerOf(`${place}: layer ${i}`, layer));
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw malformed(`${place}: layers`, "names that differ", name);
    names.add(name);
  }
  return layers;
}

function sequentialOf(place: string, config: Json | undefined): Topology {
  // Old files have the list alone.
  const list = isObject(config) ? member(config, "layers") : config;
  const layers = layersOf(place, list);
  const calls = layers.map((layer, i) => ({
    layer,
    inputs: i === 0 ? [] : [{ node: i - 1, output: 0 }],
  }));
  const [first] = layers as [LayerSpec, ...LayerSpec[]];
  const isImplicit = first.className !== "InputLayer";
  const shape = first.config.raw("batch_input_shape");
  if (!isImplicit || shape === undefined) {
    return {
      isSequential: true,
      layers,
      calls,
      inputs: [0],
      outputs: [{ node: calls.length - 1, output: 0 }],
    };
  }
  const input: LayerSpec = {
    name: `${first.name}_input`,
    className: "InputLayer",
    config: new Config(first.config.place, { batch_input_shape: shape }),
    model: undefined,
  };
  const shifted = calls.map(({ layer }, i) => ({ layer, inputs: [{ node: i, output: 0 }] }));
  return {
    isSequential: true,
    layers: [input, ...layers],
    calls: [{ layer: input, inputs: [] }, ...shifted],
    inputs: [0],
    outputs: [{ node: calls.length, output: 0 }],
  };
}

/** A use of a layer before its place in the order is known: keys are its layer's name and the number of the use. */
interface Pending {
  readonly layer: LayerSpec;
  readonly inputs: readonly { readonly key: string; readonly output: number }[];
}

function graphOf(place: string, config: JsonObject): Topology {
  const list = listOf(`${place}: layers`, member(config, "layers"));
  const layers = layersOf(place, list);
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const pending = new Map<string, Pending>();
  layers.forEach((layer, i) => {
    const where = `layer ${JSON.stringify(layer.name)}: inbound_nodes`;
    const nodes = listOf(where, member(list[i] as JsonObject, "inbound_nodes") ?? []);
    const isInput = nodes.length === 0;
    (isInput ? [[]] : nodes).forEach((node, use) => {
      const inputs = listOf(where, node).map((one) => referenceOf(where, one, byName));
      if (!isInput && inputs.length === 0)
        throw malformed(where, "something to be applied to", node);
      pending.set(keyOf(layer.name, use), { layer, inputs });
    });
  });
  const { calls, places } = inOrder(place, pending);
  const resolved = (key: "input_layers" | "output_layers"): CallOutput[] => {
    const references = listOf(`${place}: ${key}`, member(config, key));
    // One alone may stand without a list around it.
    const all = typeof references[0] === "string" ? [references] : references;
    return all.map((one) => {
      const { key: name, output } = referenceOf(`${place}: ${key}`, one, byName);
      const node = places.get(name);
      if (node === undefined) throw malformed(`${place}: ${key}`, "a layer that is used", one);
      return { node, output };
    });
  };
  const inputs = resolved("input_layers").map(({ node }) => node);
  const sources = calls.flatMap((call, i) => (call.inputs.length === 0 ? [i] : []));
  if (
    inputs.length === 0 ||
    new Set(inputs).size !== inputs.length ||
    sources.some((i) => !inputs.includes(i))
  ) {
    throw malformed(
      `${place}: input_layers`,
      "each layer that is applied to nothing, once",
      member(config, "input_layers"),
    );
  }
  const outputs = resolved("output_layers");
  if (outputs.length === 0) throw malformed(`${place}: output_layers`, "one or more", []);
  return { isSequential: false, layers, calls, inputs, outputs };
}

function keyOf(name: string, use: number): string {
  return `${use}/${name}`;
}

/** A reference is `[layer, use, output, options]`. */
function referenceOf(
  place: string,
  value: Json,
  byName: ReadonlyMap<string, LayerSpec>,
): { readonly key: string; readonly output: number } {
  const [name, use, output, options] = listOf(place, value);
  const layer = typeof name === "string" ? byName.get(name) : undefined;
  const isLegal = [use, output].every((n) => Number.isInteger(n) && (n as number) >= 0);
  if (layer === undefined || !isLegal) throw malformed(place, "[layer, use, output]", value);
  const kind = layerKinds.get(layer.className);
  const outputs = layer.model?.outputs.length ?? kind?.outputs?.(layer.config) ?? 1;
  if ((output as number) >= outputs) throw malformed(place, "an output that there is", output);
  const given = isObject(options) ? Object.entries(options) : [];
  // What it does in training is the module's affair.
  const lacking = given.filter(([key, one]) => one !== null && key !== "training");
  if (lacking.length > 0) {
    throw malformed(place, "calls without arguments of their own", Object.fromEntries(lacking));
  }
  // A model's first use is its own, by its inputs.
  const number = use as number;
  const own = layer.model !== undefined && number > 0 ? number - 1 : number;
  return { key: keyOf(layer.name, own), output: output as number };
}

/** Puts each use after those that it is applied to (Kahn 1962, "Topological sorting of large networks"). */
function inOrder(
  place: string,
  pending: ReadonlyMap<string, Pending>,
): { calls: LayerCall[]; places: Map<string, number> } {
  const waiting = new Map<string, number>();
  const users = new Map<string, string[]>();
  for (const [key, { layer, inputs }] of pending) {
    waiting.set(key, inputs.length);
    for (const { key: from } of inputs) {
      if (!pending.has(from)) {
        throw malformed(
          `layer ${JSON.stringify(layer.name)}: inbound_nodes`,
          "uses that there are",
          from,
        );
      }
      const known = users.get(from);
      if (known === undefined) users.set(from, [key]);
      else known.push(key);
    }
  }
  const ready = [...waiting].flatMap(([key, count]) => (count === 0 ? [key] : []));
  const calls: LayerCall[] = [];
  const places = new Map<string, number>();
  for (let i = 0; i < ready.length; i++) {
    const key = ready[i]!;
    const { layer, inputs } = pending.get(key)!;
    places.set(key, calls.length);
    calls.push({
      layer,
      inputs: inputs.map(({ key: from, output }) => ({ node: places.get(from)!, output })),
    });
    for (const user of users.get(key) ?? []) {
      const left = waiting.get(user)! - 1;
      waiting.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  if (calls.length === pending.size) return { calls, places };
  const left = [...pending].filter(([key]) => !places.has(key)).map(([, { layer }]) => layer.name);
  throw new FormatError(
    `fromTfjsLayers: ${place}: layers: expected a graph without cycles, got one among ${[...new Set(left)].slice(0, 8).join(", ")}`,
  );
}
