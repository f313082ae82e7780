import { Residual, Sequential, type Module } from "@tensorloom/nn";
import { UnsupportedError, type Tensor } from "@tensorloom/tensor";
import { LayersGraph } from "./layers-graph.ts";
import type { Json } from "./model-json.ts";
import { Input } from "./modules/input.ts";
import { written, type LayerWriter, type WrittenLayer } from "./written-layer.ts";
import { convolutionWriters } from "./writers/convolutions.ts";
import { sequenceWriters } from "./writers/sequences.ts";
import { simpleWriters } from "./writers/simple-layers.ts";

const writers: ReadonlyMap<unknown, LayerWriter<Module>> = new Map([
  ...simpleWriters,
  ...convolutionWriters,
  ...sequenceWriters((module, rank) => write(module, rank)),
]);

function write(module: Module, rank: number): readonly WrittenLayer[] {
  const writer = writers.get(module.constructor);
  if (writer !== undefined) return writer(module, rank);
  throw new UnsupportedError("no layer does what it does");
}

/** What a layer made, in the model that is written. */
export interface Made {
  /** The layer's place in the list. */
  readonly layer: number;
  /** Which of its uses. */
  readonly use: number;
  /** How many axes it has. */
  readonly rank: number;
}

/** A layer of the model that is written. */
export interface NamedLayer extends WrittenLayer {
  /** Its name. */
  readonly name: string;
  /** Whether it learns. */
  readonly isTrainable: boolean;
  /** What it is applied to, one list a use; none for an input. */
  readonly uses: (readonly Made[])[];
}

/** Goes through a model, and collects the layers of TensorFlow.js that do the same. */
export class ModelWriter {
  /** The layers, inputs among them, each after those that it is applied to first. */
  readonly layers: NamedLayer[] = [];
  /** What has no counterpart: paths, classes and reasons. */
  readonly lacking: string[] = [];
  readonly #places = new Map<Module, number[]>();
  readonly #names = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Adds an input of a sample's shape. */
  input(shape: readonly (number | null)[], name?: string): Made {
    const config = { batch_input_shape: [null, ...shape], dtype: "float32", sparse: false };
    const layer = written("InputLayer", shape.length + 1, config);
    return this.#add(layer, name ?? this.#nameFor("input"), true, []);
  }

  /** Adds what a module does to some inputs; returns its outputs. */
  module(
    module: Module<unknown>,
    inputs: readonly Made[],
    path = "",
    name?: string,
  ): readonly Made[] {
    if (module instanceof LayersGraph) return this.#graph(module, inputs, path);
    const [x] = inputs as readonly [Made];
    if (module instanceof Sequential) return [this.#sequential(module, x, path, name)];
    if (module instanceof Residual) {
      const body = this.module(module.body, [x], `${path}body.`)[0]!;
      const { shortcut } = module;
      const past = shortcut === undefined ? x : this.module(shortcut, [x], `${path}shortcut.`)[0]!;
      return [this.#add(written("Add", body.rank), this.#nameFor("Add"), true, [body, past])];
    }
    return [module instanceof Input ? x : this.#leaf(module as Module, inputs, path, name)];
  }

  #sequential(module: Sequential, x: Made, path: string, name: string | undefined): Made {
    // A layer with its activation keeps its name.
    return module.layers.reduce(
      (at, layer, i) => this.module(layer, [at], `${path}${i}.`, i === 0 ? name : undefined)[0]!,
      x,
    );
  }

  #graph(graph: LayersGraph<unknown>, inputs: readonly Made[], path: string): readonly Made[] {
    const made: (readonly Made[])[] = [];
    graph.nodes.forEach((node, i) => {
      const argument = graph.inputs.indexOf(i);
      const taken =
        argument >= 0
          ? [inputs[argument]!]
          : node.inputs.map(({ node: from, output }) => made[from]![output]!);
      made.push(this.module(node.module, taken, `${path}${node.name}.`, node.name));
    });
    return graph.outputs.map(({ node, output }) => made[node]![output]!);
  }

  #leaf(module: Module, inputs: readonly Made[], path: string, name: string | undefined): Made {
    const rank = Math.max(...inputs.map((one) => one.rank));
    const places = this.#places.get(module);
    if (places !== undefined) return this.#again(places, inputs);
    let own: readonly WrittenLayer[];
    try {
      own = write(module, rank);
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      this.lacking.push(
        `${path.slice(0, -1) || "the model"} (${module.constructor.name}: ${error.message})`,
      );
      return inputs[0]!;
    }
    const parameters = module.parameters();
    const isTrainable = parameters.length === 0 || parameters.some(({ trainable }) => trainable);
    const added: number[] = [];
    const last = own.reduce((at: readonly Made[], layer, i) => {
      const given = i === own.length - 1 ? name : undefined;
      const free = given !== undefined && !this.#names.has(given) ? given : undefined;
      const made = this.#add(layer, free ?? this.#nameFor(layer.className), isTrainable, at);
      added.push(made.layer);
      return [made];
    }, inputs);
    this.#places.set(module, added);
    return last[0]!;
  }

  /** A module that has been written is used once more. */
  #again(places: readonly number[], inputs: readonly Made[]): Made {
    return places.reduce((at: readonly Made[], place) => {
      const layer = this.layers[place]!;
      layer.uses.push(at);
      return [{ layer: place, use: layer.uses.length - 1, rank: layer.rank }];
    }, inputs)[0]!;
  }

  #add(layer: WrittenLayer, name: string, isTrainable: boolean, inputs: readonly Made[]): Made {
    const uses = inputs.length === 0 ? [] : [inputs];
    this.#names.add(name);
    this.layers.push({ ...layer, name, isTrainable, uses });
    return { layer: this.layers.length - 1, use: 0, rank: layer.rank };
  }

  /** Returns a name that no layer has, as `conv2d_2`. */
  #nameFor(className: string): string {
    const stem = className.replaceAll(/(?<=[a-z0-9])(?=[A-Z][a-z])/g, "_").toLowerCase();
    for (;;) {
      const count = (this.#counts.get(stem) ?? 0) + 1;
      this.#counts.set(stem, count);
      const name = `${stem}_${count}`;
      if (!this.#names.has(name)) return name;
    }
  }
}

/** Returns the options of a layer as a file has them. */
export function configOf({ config, name, isTrainable }: NamedLayer): Record<string, Json> {
  return { ...config, name, trainable: isTrainable };
}

/** Returns all weights with the names that a file gives them. */
export function weightsOf(layers: readonly NamedLayer[]): [name: string, value: Tensor][] {
  return layers.flatMap(({ name, weights }) =>
    Object.entries(weights).map(([weight, value]): [string, Tensor] => [
      `${name}/${weight}`,
      value,
    ]),
  );
}
