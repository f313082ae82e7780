import { LSTM, RNN, Sequential, type Module } from "@tensorloom/nn";
import type { Tensor } from "@tensorloom/tensor";
import type { Json } from "../model-json.ts";
import { ConvLSTM2D } from "../modules/conv-lstm.ts";
import { RecurrentStack } from "../modules/recurrent-stack.ts";
import { RecurrentLayer } from "../modules/recurrent.ts";
import { Bidirectional, TimeDistributed } from "../modules/wrappers.ts";
import {
  refused,
  writes,
  written,
  type LayerWriter,
  type WriterEntry,
  type WrittenLayer,
} from "../written-layer.ts";

const inner = "recurrent";

/** Returns a bidirectional layer of the options of one direction, and both directions' weights. */
function bidirectional(
  className: string,
  config: Readonly<Record<string, Json>>,
  [forwards, backwards]: readonly [Weights, Weights],
  mode: string,
  rank: number,
): WrittenLayer {
  const named = (prefix: string, weights: Weights): [string, Tensor | undefined][] =>
    Object.entries(weights).map(([name, value]) => [`${prefix}_${inner}/${name}`, value]);
  return written(
    "Bidirectional",
    rank,
    {
      merge_mode: mode,
      layer: { class_name: className, config: { ...config, name: inner } },
    },
    Object.fromEntries([...named("forward", forwards), ...named("backward", backwards)]),
  );
}

type Weights = Readonly<Record<string, Tensor | undefined>>;

/** nn's recurrent layers of tanh and sigmoid: one of TensorFlow.js' a layer, with dropout between them. */
function ofNn(className: "LSTM" | "SimpleRNN"): LayerWriter<LSTM | RNN> {
  return (module, _rank) => {
    const { layers = 1, bidirectional: isBoth = false, bias = true, dropout = 0 } = module.options;
    const state = module.stateDict();
    const weightsOf = (layer: number, suffix: string): Weights => {
      const at = (name: string): Tensor => state[`${name}L${layer}${suffix}`]!;
      return {
        kernel: at("weightIh").transpose(),
        recurrent_kernel: at("weightHh").transpose(),
        bias: bias ? at("biasIh").add(at("biasHh")) : undefined,
      };
    };
    return Array.from({ length: layers }, (__, layer): WrittenLayer[] => {
      const returnsAll = layer < layers - 1 || module.options.returnSequences === true;
      const rank = returnsAll ? 3 : 2;
      const config = {
        units: module.hiddenSize,
        activation: className === "LSTM" ? "tanh" : (module as RNN).activation,
        ...(className === "LSTM" && { recurrent_activation: "sigmoid" }),
        use_bias: bias,
        return_sequences: returnsAll,
      };
      const one = isBoth
        ? bidirectional(
            className,
            config,
            [weightsOf(layer, ""), weightsOf(layer, "Reverse")],
            "concat",
            rank,
          )
        : written(className, rank, config, weightsOf(layer, ""));
      const drops = dropout > 0 && layer < layers - 1;
      return drops ? [one, written("Dropout", rank, { rate: dropout })] : [one];
    }).flat();
  };
}

function ofFile({ options, kernel, recurrentKernel, bias, units }: RecurrentLayer): {
  readonly config: Record<string, Json>;
  readonly weights: Weights;
} {
  return {
    config: {
      units,
      activation: options.activation,
      ...(options.kind !== "SimpleRNN" && { recurrent_activation: options.recurrentActivation }),
      use_bias: bias !== undefined,
      return_sequences: options.returnSequences,
      go_backwards: options.goBackwards,
      dropout: options.dropout,
      recurrent_dropout: options.recurrentDropout,
    },
    weights: {
      kernel: kernel.value,
      recurrent_kernel: recurrentKernel.value,
      bias: bias?.value,
    },
  };
}

const recurrentLayer: LayerWriter<RecurrentLayer> = (module) => {
  if (module.options.resetAfter) throw refused("reset_after");
  if (module.options.returnState) throw refused("return_state");
  const { config, weights } = ofFile(module);
  const { kind, returnSequences } = module.options;
  return [written(kind, returnSequences ? 3 : 2, config, weights)];
};

const recurrentStack: LayerWriter<RecurrentStack> = ({ layers }, rank) =>
  layers.flatMap((layer) => recurrentLayer(layer, rank));

const convLstm: LayerWriter<ConvLSTM2D> = ({ options, kernel, recurrentKernel, bias }) => {
  const [height, width, filters] = recurrentKernel.shape as readonly [number, number, number];
  return [
    written(
      "ConvLSTM2D",
      options.returnSequences ? 5 : 4,
      {
        filters,
        kernel_size: [height, width],
        strides: [...options.stride],
        padding: options.padding,
        dilation_rate: [...options.dilation],
        activation: options.activation,
        recurrent_activation: options.recurrentActivation,
        use_bias: bias !== undefined,
        return_sequences: options.returnSequences,
        go_backwards: options.goBackwards,
        dropout: options.dropout,
        recurrent_dropout: options.recurrentDropout,
      },
      { kernel: kernel.value, recurrent_kernel: recurrentKernel.value, bias: bias?.value },
    ),
  ];
};

const bidirectionalLayer: LayerWriter<Bidirectional> = ({ forwards, backwards, mode }) => {
  if (forwards.options.resetAfter) throw refused("reset_after");
  const [one, other] = [ofFile(forwards), ofFile(backwards)];
  const { kind, returnSequences } = forwards.options;
  const rank = returnSequences ? 3 : 2;
  return [bidirectional(kind, one.config, [one.weights, other.weights], mode, rank)];
};

function timeDistributed(write: LayerWriter<Module>): LayerWriter<TimeDistributed> {
  return ({ module }, rank) => {
    const parts = module instanceof Sequential ? module.layers : [module];
    let at = rank - 1;
    return parts.flatMap((part) =>
      write(part, at).map((layer) => {
        if (layer.className === "Bidirectional") throw refused("Bidirectional inside");
        at = layer.rank;
        const { className, weights } = layer;
        const step = { class_name: className, config: { ...layer.config, name: "step" } };
        return written("TimeDistributed", at + 1, { layer: step }, weights);
      }),
    );
  };
}

/** Returns the writers of sequences' layers; `write` is any layer's. */
export function sequenceWriters(write: LayerWriter<Module>): readonly WriterEntry[] {
  return [
    writes(LSTM, ofNn("LSTM")),
    writes(RNN, ofNn("SimpleRNN")),
    writes(RecurrentLayer, recurrentLayer),
    writes(RecurrentStack, recurrentStack),
    writes(ConvLSTM2D, convLstm),
    writes(Bidirectional, bidirectionalLayer),
    writes(TimeDistributed, timeDistributed(write)),
  ];
}
