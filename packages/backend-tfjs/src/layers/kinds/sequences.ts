import { GRU, LSTM, RNN, Sequential, type Module } from "@tensorloom/nn";
import { concat, UnsupportedError, zerosLike, type Tensor } from "@tensorloom/tensor";
import { activationOf } from "../activations.ts";
import type { Config } from "../config.ts";
import { loaded, type LayerKind, type LayerParts, type WeightShapes } from "../layer-kind.ts";
import { malformed } from "../model-json.ts";
import { ConvLSTM2D } from "../modules/conv-lstm.ts";
import { LookUp, Masking } from "../modules/masking.ts";
import {
  gatesOf,
  RecurrentLayer,
  statesOf,
  type RecurrentKind,
  type RecurrentOptions,
} from "../modules/recurrent.ts";
import { Permute } from "../modules/rearranging.ts";
import { RecurrentStack } from "../modules/recurrent-stack.ts";
import { Bidirectional, TimeDistributed } from "../modules/wrappers.ts";
import { fromLast, isChannelsFirst } from "./channel-order.ts";

function isRecurrent(className: string): className is RecurrentKind {
  return Object.hasOwn(gatesOf, className);
}

function statefulRefusal(config: Config): string | undefined {
  return config.flag("stateful", false) ? "stateful" : undefined;
}

function recurrentRefusal(config: Config): string | undefined {
  return config.flag("return_state", false) ? "return_state" : statefulRefusal(config);
}

/** Throws unless a layer has one input: for those whose state cannot be given. */
function checkStateless({ place }: Config, inputs: number): void {
  if (inputs <= 1) return;
  throw new UnsupportedError(
    `fromTfjsLayers: ${place}: expected a layer without an initial state, got ${inputs} inputs`,
  );
}

function recurrentWeights(kind: RecurrentKind, config: Config): WeightShapes {
  const units = config.count("units");
  const size = gatesOf[kind] * units;
  return {
    kernel: [null, size],
    recurrent_kernel: [units, size],
    ...(config.flag("use_bias", true) && { bias: resetsAfter(kind, config) ? [2, size] : [size] }),
  };
}

function resetsAfter(kind: RecurrentKind, config: Config): boolean {
  return kind === "GRU" && config.flag("reset_after", false);
}

function rateOf(config: Config, key: string): number {
  const value = config.number(key, 0);
  if (value >= 0 && value < 1) return value;
  throw malformed(`${config.place}: ${key}`, "a number in [0, 1)", value);
}

function optionsOf(kind: RecurrentKind, config: Config): RecurrentOptions {
  return {
    kind,
    activation: activationOf(config, "activation", "tanh"),
    recurrentActivation: activationOf(config, "recurrent_activation", "hard_sigmoid"),
    returnSequences: config.flag("return_sequences", false),
    returnState: config.flag("return_state", false),
    goBackwards: config.flag("go_backwards", false),
    dropout: rateOf(config, "dropout"),
    recurrentDropout: rateOf(config, "recurrent_dropout"),
    resetAfter: resetsAfter(kind, config),
  };
}

/** Whether nn has the layer: with its activations, without what is TensorFlow's own. */
function isOfNn(options: RecurrentOptions): boolean {
  const { kind, activation, recurrentActivation, dropout, recurrentDropout } = options;
  const isPlain =
    !options.goBackwards && !options.returnState && dropout === 0 && recurrentDropout === 0;
  if (kind === "SimpleRNN") return isPlain && (activation === "tanh" || activation === "relu");
  const isKnown = kind === "LSTM" || options.resetAfter;
  return isPlain && isKnown && activation === "tanh" && recurrentActivation === "sigmoid";
}

type Weights = Readonly<Record<string, Tensor>>;

/** Returns nn's layer with these weights, one set a direction. */
function layerOfNn(
  { kind, activation, returnSequences }: RecurrentOptions,
  directions: readonly Weights[],
): Module {
  const [inputSize] = directions[0]!["kernel"]!.shape as readonly [number, number];
  const [units] = directions[0]!["recurrent_kernel"]!.shape as readonly [number, number];
  const bias = directions[0]!["bias"] !== undefined;
  const options = { returnSequences, bias, bidirectional: directions.length === 2 };
  const layer =
    kind === "SimpleRNN"
      ? new RNN(inputSize, units, { ...options, activation: activation as "tanh" | "relu" })
      : new (kind === "LSTM" ? LSTM : GRU)(inputSize, units, options);
  const ordered = kind === "GRU" ? resetFirst : (x: Tensor): Tensor => x;
  const state = directions.flatMap(({ kernel, recurrent_kernel: ofState, bias: shift }, i) => {
    const suffix = i === 0 ? "L0" : "L0Reverse";
    return [
      [`weightIh${suffix}`, ordered(kernel!).transpose()] as const,
      [`weightHh${suffix}`, ordered(ofState!).transpose()] as const,
      ...(shift === undefined ? [] : biasesOf(ordered(shift), suffix)),
    ];
  });
  return loaded(layer, Object.fromEntries(state));
}

/** Two biases that are added there are one here, but for GRU's. */
function biasesOf(bias: Tensor, suffix: string): (readonly [name: string, value: Tensor])[] {
  const [ofInput, ofState] =
    bias.rank === 2 ? bias.split(2).map((row) => row.squeeze(0)) : [bias, zerosLike(bias)];
  return [
    [`biasIh${suffix}`, ofInput!],
    [`biasHh${suffix}`, ofState!],
  ];
}

/** GRU's gates, update, reset, new, in nn's order: reset, update, new. */
function resetFirst(gates: Tensor): Tensor {
  const [update, reset, candidate] = gates.split(3, -1) as [Tensor, Tensor, Tensor];
  return concat([reset, update, candidate], -1);
}

function layerOfFile(options: RecurrentOptions, weights: Weights): RecurrentLayer {
  const { kernel, recurrent_kernel: recurrentKernel, bias } = weights;
  return new RecurrentLayer(options, [kernel!, recurrentKernel!, bias]);
}

function recurrent(kind: RecurrentKind): LayerKind {
  return {
    refusal: statefulRefusal,
    weights: (config) => recurrentWeights(kind, config),
    rank: (config) => (config.flag("return_sequences", false) ? 3 : 2),
    outputs: (config) => (config.flag("return_state", false) ? 1 + statesOf[kind] : 1),
    build({ config, weights, inputs, isMasked }) {
      if (inputs > 1 && inputs !== 1 + statesOf[kind]) {
        throw malformed(config.place, `one input, and ${statesOf[kind]} of state or none`, inputs);
      }
      const options = optionsOf(kind, config);
      const isKnown = isOfNn(options) && !isMasked && inputs === 1;
      return [isKnown ? layerOfNn(options, [weights]) : layerOfFile(options, weights)];
    },
  };
}

/** A cell of a layer of cells. */
interface CellSpec {
  readonly className: string;
  readonly kind: RecurrentKind;
  readonly config: Config;
  /** In front of its weights' names. */
  readonly prefix: string;
}

/** The cells of an RNN, from the input up; classes of others stand as they are. */
function cellsOf(config: Config): CellSpec[] {
  const { className, config: own } = config.inner("cell");
  const isStack = className === "StackedRNNCells";
  const cells = isStack ? own.inners("cells") : [{ className, config: own }];
  return cells.map(({ className: name, config: options }, i) => ({
    className: name,
    kind: name.replace(/Cell$/, "") as RecurrentKind,
    config: options,
    prefix: isStack ? `RNNCell_${i}/` : "",
  }));
}

/** Recurrent layers of one cell, or of several over each other. */
const ofCells: LayerKind = {
  refusal(config) {
    const cells = cellsOf(config);
    const unknown = cells.find(({ className, kind }) => !(isRecurrent(kind) && className !== kind));
    if (unknown !== undefined) return unknown.className;
    return recurrentRefusal(config) ?? (cells.length === 0 ? "no cells" : undefined);
  },
  weights: (config) =>
    Object.fromEntries(
      cellsOf(config).flatMap(({ kind, config: own, prefix }) =>
        Object.entries(recurrentWeights(kind, own)).map(([name, shape]) => [prefix + name, shape]),
      ),
    ),
  rank: (config) => (config.flag("return_sequences", false) ? 3 : 2),
  build({ config, weights, inputs }) {
    checkStateless(config, inputs);
    const cells = cellsOf(config);
    const options = cells.map(({ kind, config: own }, i) => ({
      ...optionsOf(kind, own),
      returnState: false,
      returnSequences: i < cells.length - 1 || config.flag("return_sequences", false),
      goBackwards: i === 0 && config.flag("go_backwards", false),
    }));
    const layers = cells.map(({ prefix }, i) =>
      layerOfFile(options[i]!, {
        kernel: weights[`${prefix}kernel`]!,
        recurrent_kernel: weights[`${prefix}recurrent_kernel`]!,
        ...(weights[`${prefix}bias`] && { bias: weights[`${prefix}bias`]! }),
      }),
    );
    return [layers.length === 1 ? layers[0]! : new RecurrentStack(layers)];
  },
};

const convLstm: LayerKind = {
  refusal: recurrentRefusal,
  weights(config) {
    const [window, filters] = [config.counts("kernel_size", 2), config.count("filters")];
    return {
      kernel: [...window, null, 4 * filters],
      recurrent_kernel: [...window, filters, 4 * filters],
      ...(config.flag("use_bias", true) && { bias: [4 * filters] }),
    };
  },
  rank: (config) => (config.flag("return_sequences", false) ? 5 : 4),
  build({ config, inputs, weights: { kernel, recurrent_kernel: recurrentKernel, bias } }) {
    checkStateless(config, inputs);
    const { resetAfter: _, returnState: __, kind: ___, ...options } = optionsOf("LSTM", config);
    const window = {
      stride: config.counts("strides", 2, [1, 1]),
      dilation: config.counts("dilation_rate", 2, [1, 1]),
      padding: config.choice("padding", ["valid", "same"], "valid"),
    };
    const layer = new ConvLSTM2D({ ...options, ...window }, [kernel!, recurrentKernel!, bias]);
    if (!isChannelsFirst(config)) return [layer];
    // The steps stay in front.
    const back = options.returnSequences ? new Permute([1, 4, 2, 3]) : fromLast(1, 3);
    return [new Permute([1, 3, 4, 2]), layer, back];
  },
};

/** The names of the two layers in a bidirectional one, in front of their weights. */
function directionsOf(config: Config): readonly [string, string] {
  const inner = config.inner("layer").config.raw("name");
  if (typeof inner !== "string") throw malformed(`${config.place}: layer: name`, "a text", inner);
  return [`forward_${inner}`, `backward_${inner}`];
}

const modes = ["concat", "sum", "ave", "mul"] as const;

const bidirectional: LayerKind = {
  refusal(config) {
    const { className, config: inner } = config.inner("layer");
    if (!isRecurrent(className)) return className;
    const mode = config.raw("merge_mode") ?? null;
    return recurrentRefusal(inner) ?? (mode === null ? "merge_mode" : undefined);
  },
  weights(config) {
    const { className, config: inner } = config.inner("layer");
    const own = Object.entries(recurrentWeights(className as RecurrentKind, inner));
    return Object.fromEntries(
      directionsOf(config).flatMap((prefix) =>
        own.map(([name, shape]) => [`${prefix}/${name}`, shape]),
      ),
    );
  },
  rank: (config) => (config.inner("layer").config.flag("return_sequences", false) ? 3 : 2),
  build({ config, weights, inputs, isMasked }) {
    checkStateless(config, inputs);
    const { className, config: inner } = config.inner("layer");
    const options = optionsOf(className as RecurrentKind, inner);
    const mode = config.choice("merge_mode", modes, "concat");
    const [forwards, backwards] = directionsOf(config).map((prefix) => {
      const own = Object.entries(weights).filter(([name]) => name.startsWith(`${prefix}/`));
      return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length + 1), value]));
    }) as [Weights, Weights];
    if (mode === "concat" && isOfNn(options) && !isMasked) {
      return [layerOfNn(options, [forwards, backwards])];
    }
    const turned = { ...options, goBackwards: !options.goBackwards };
    return [
      new Bidirectional(layerOfFile(options, forwards), layerOfFile(turned, backwards), mode),
    ];
  },
};

const embedding: LayerKind = {
  weights: (config) => ({ embeddings: [config.count("input_dim"), config.count("output_dim")] }),
  rank: (_, [rank]) => rank! + 1,
  makesMask: (config) => config.flag("mask_zero", false),
  build: ({ config, weights }) => [
    new LookUp(weights["embeddings"]!, config.flag("mask_zero", false)),
  ],
};

/** Returns the kind that applies a layer of other kinds to each step. */
function timeDistributed(kindOf: (className: string) => LayerKind | undefined): LayerKind {
  const inner = (config: Config): { readonly kind: LayerKind; readonly config: Config } => {
    const { className, config: own } = config.inner("layer");
    return { kind: kindOf(className)!, config: own };
  };
  return {
    refusal(config) {
      const { className, config: own } = config.inner("layer");
      const kind = kindOf(className);
      return kind === undefined ? className : kind.refusal?.(own);
    },
    weights(config) {
      const { kind, config: own } = inner(config);
      return kind.weights?.(own) ?? {};
    },
    rank(config, [rank]) {
      const { kind, config: own } = inner(config);
      return (kind.rank?.(own, [rank! - 1]) ?? rank! - 1) + 1;
    },
    passesMask: true,
    build({ config, weights, rank, inputs }: LayerParts) {
      checkStateless(config, inputs);
      const { kind, config: own } = inner(config);
      const modules = kind.build({ config: own, weights, rank: rank - 1, inputs, isMasked: false });
      return [new TimeDistributed(modules.length === 1 ? modules[0]! : new Sequential(...modules))];
    },
  };
}

/** Layers of sequences. */
export function sequenceKinds(
  kindOf: (className: string) => LayerKind | undefined,
): Readonly<Record<string, LayerKind>> {
  return {
    Embedding: embedding,
    Masking: {
      makesMask: () => true,
      build: ({ config }) => [new Masking(config.number("mask_value", 0))],
    },
    SimpleRNN: recurrent("SimpleRNN"),
    LSTM: recurrent("LSTM"),
    GRU: recurrent("GRU"),
    RNN: ofCells,
    ConvLSTM2D: convLstm,
    Bidirectional: bidirectional,
    TimeDistributed: timeDistributed(kindOf),
  };
}
