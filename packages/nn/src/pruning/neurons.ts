import { Activation } from "../layers/activation.ts";
import { BatchNorm } from "../layers/batch-norm.ts";
import { Conv1d, Conv2d, Conv3d } from "../layers/convolution.ts";
import { DepthwiseConv2d } from "../layers/depthwise-convolution.ts";
import { DropConnect, Dropout, SpatialDropout } from "../layers/dropout.ts";
import { Flatten } from "../layers/flatten.ts";
import { Linear } from "../layers/linear.ts";
import * as pooling from "../layers/pooling.ts";
import { Sequential } from "../layers/sequential.ts";
import type { Module } from "../module.ts";

/** A layer whose neurons, units or output channels, can be pruned whole, with what they pass through up to the layer that reads them. */
export interface NeuronLayer {
  /** The path in the model. */
  readonly path: string;
  /** What computes them. */
  readonly layer: Producer;
  /** Normalisations and depthwise convolutions on the way, which hold parameters for each channel. */
  readonly followers: readonly (BatchNorm | DepthwiseConv2d)[];
  /** Activation functions on the way. */
  readonly activations: readonly Activation[];
  /** Whether places and channels become one axis on the way. */
  readonly isFlattened: boolean;
  /** What reads them. */
  readonly consumer: Producer;
}

/** A layer that mixes all of its input's channels. */
export type Producer = Linear | Conv1d | Conv2d | Conv3d;

const passing = [Dropout, SpatialDropout, ...Object.values(pooling)] as const;

/** Returns the layers whose neurons can be pruned whole: in chains of layers, all but those whose outputs leave the chain. */
export function neuronLayers(model: Module<unknown>): NeuronLayer[] {
  return chainsOf(model).flatMap((chain) =>
    chain.flatMap(([path, layer], i) => {
      if (!isProducer(layer)) return [];
      const found = followChain(path, layer, chain.slice(i + 1));
      return found === undefined ? [] : [found];
    }),
  );
}

/** Follows a layer's outputs through the chain; undefined if they leave it, or meet a layer of which nobody knows what it does. */
function followChain(path: string, layer: Producer, rest: Chain): NeuronLayer | undefined {
  const followers: NeuronLayer["followers"][number][] = [];
  const activations: Activation[] = [];
  let isFlattened = false;
  for (const [, next] of rest) {
    if (isProducer(next)) {
      return { path, layer, followers, activations, isFlattened, consumer: next };
    }
    if (next instanceof BatchNorm || next instanceof DepthwiseConv2d) {
      // Without a scale of its own a normalised channel is never zero; several filters a channel are another order of channels.
      const isSimple = next.weight !== undefined && next.weight.shape.at(-1) === channelsOf(layer);
      if (!isSimple || isFlattened) return undefined;
      followers.push(next);
    } else if (next instanceof Activation) activations.push(next);
    else if (next instanceof Flatten) isFlattened = true;
    else if (!passing.some((type) => next instanceof type)) return undefined;
  }
  return undefined;
}

/** The axis of a layer's weight along which its neurons lie. */
export function outputAxis(layer: Producer | DepthwiseConv2d): number {
  return layer instanceof Linear ? 0 : layer.weight.shape.length - 1;
}

/** The axis of a layer's weight along which its inputs lie. */
export function inputAxis(layer: Producer): number {
  return layer instanceof Linear ? 1 : layer.weight.shape.length - 2;
}

/** How many neurons a layer has. */
export function channelsOf(layer: Producer): number {
  return layer.weight.shape[outputAxis(layer)]!;
}

function isProducer(module: Module<unknown>): module is Producer {
  if (module instanceof Linear) return true;
  const isConvolution =
    module instanceof Conv1d || module instanceof Conv2d || module instanceof Conv3d;
  return isConvolution && module.groups === 1;
}

type Chain = readonly (readonly [path: string, module: Module<unknown>])[];

/** Modules without others inside, in the order in which data passes; where it branches or nobody knows, a chain ends. */
function chainsOf(model: Module<unknown>): Chain[] {
  const chains: [string, Module<unknown>][][] = [[]];
  const cut = (): void => void chains.push([]);
  const walk = (module: Module<unknown>, path: string): void => {
    const children = module.namedChildren();
    const within = (name: string): string => (path === "" ? name : `${path}.${name}`);
    if (children.length === 0) chains.at(-1)!.push([path, module]);
    else if (module instanceof Sequential || module instanceof DropConnect) {
      for (const [name, child] of children) walk(child, within(name));
    } else {
      cut();
      for (const [name, child] of children) {
        walk(child, within(name));
        cut();
      }
    }
  };
  walk(model, "");
  return chains;
}
