import { Activation, Flatten, Linear, type Module } from "@tensorloom/nn";
import { leakyRelu, softmax, where, zerosLike } from "@tensorloom/tensor";
import { activationModule, activationOf, FileActivation } from "../activations.ts";
import type { Config } from "../config.ts";
import { loaded, type LayerKind } from "../layer-kind.ts";
import { Input } from "../modules/input.ts";
import { PReLU } from "../modules/prelu.ts";
import { isChannelsFirst, knownRank, toLast } from "./channel-order.ts";

/** Returns the activation of a layer's options as modules: none for a linear one. */
export function activationOfLayer(config: Config): Module[] {
  const name = activationOf(config);
  return name === "linear" ? [] : [activationModule(name)];
}

const dense: LayerKind = {
  weights: (config) => ({
    kernel: [null, config.count("units")],
    ...(config.flag("use_bias", true) && { bias: [config.count("units")] }),
  }),
  passesMask: true,
  build({ config, weights: { kernel, bias } }) {
    const activation = activationOfLayer(config);
    const [inFeatures, outFeatures] = kernel!.shape as readonly [number, number];
    const linear = new Linear(inFeatures, outFeatures, { bias: bias !== undefined });
    return [loaded(linear, { weight: kernel!.transpose(), ...(bias && { bias }) }), ...activation];
  },
};

/** An activation with options, by its class. */
function parametric(
  className: string,
  options: (config: Config) => Record<string, number>,
  apply: (options: Record<string, number>) => FileActivation["forward"],
  more: Partial<LayerKind> = {},
): LayerKind {
  return {
    ...more,
    build({ config }) {
      const given = options(config);
      return [new FileActivation({ className, config: given }, apply(given))];
    },
  };
}

/** Returns which of some options are there and not 0, which no module here has. */
function extra(config: Config, keys: readonly string[]): string | undefined {
  const found = keys.filter((key) => (config.raw(key) ?? 0) !== 0);
  return found.length === 0 ? undefined : found.join(", ");
}

const relu: LayerKind = {
  refusal: (config) => extra(config, ["negative_slope", "threshold"]),
  passesMask: true,
  build({ config }) {
    if (config.raw("max_value") === undefined) return [new Activation("relu")];
    const max = config.number("max_value");
    const layer = { className: "ReLU", config: { max_value: max } };
    return [max === 6 ? new Activation("relu6") : new FileActivation(layer, (x) => x.clip(0, max))];
  },
};

const elu: LayerKind = {
  refusal: (config) => (config.number("alpha", 1) === 1 ? undefined : "alpha"),
  build: () => [new Activation("elu")],
};

const prelu: LayerKind = {
  weights: () => ({ alpha: undefined }),
  passesMask: true,
  build: ({ weights }) => [new PReLU(weights["alpha"]!)],
};

/** Layers that act on each element, and fully connected ones. */
export const denseKinds: Readonly<Record<string, LayerKind>> = {
  InputLayer: {
    build({ config }) {
      const shape = config.raw("batch_input_shape") ?? config.raw("batch_shape");
      if (shape === undefined) return [];
      const key =
        config.raw("batch_input_shape") === undefined ? "batch_shape" : "batch_input_shape";
      return [new Input(config.shape(key).slice(1))];
    },
  },
  Dense: dense,
  Activation: {
    passesMask: true,
    build: ({ config }) => [activationModule(activationOf(config))],
  },
  Flatten: {
    rank: () => 2,
    build({ config, rank }) {
      if (!isChannelsFirst(config) || rank < 3) return [new Flatten()];
      return [toLast(1, knownRank(config, rank) - 1), new Flatten()];
    },
  },
  ReLU: relu,
  ELU: elu,
  PReLU: prelu,
  LeakyReLU: parametric(
    "LeakyReLU",
    (config) => ({ alpha: config.number("alpha", 0.3) }),
    ({ alpha }) =>
      (x) =>
        leakyRelu(x, { negativeSlope: alpha! }),
  ),
  ThresholdedReLU: parametric(
    "ThresholdedReLU",
    (config) => ({ theta: config.number("theta", 1) }),
    ({ theta }) =>
      (x) =>
        where(x.greater(theta!), x, zerosLike(x)),
  ),
  Softmax: parametric(
    "Softmax",
    (config) => ({ axis: config.integers("axis", [1])[0]! }),
    ({ axis }) =>
      (x) =>
        softmax(x, axis!),
    { refusal: (config) => (config.integers("axis", [1]).length === 1 ? undefined : "axes") },
  ),
  Rescaling: parametric(
    "Rescaling",
    (config) => ({ scale: config.number("scale"), offset: config.number("offset", 0) }),
    ({ scale, offset }) =>
      (x) =>
        x.astype("float32").mul(scale!).add(offset!),
  ),
};
