import {
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose2d,
  DepthwiseConv2d,
  SeparableConv2d,
} from "@tensorloom/nn";
import type { Padding, Tensor } from "@tensorloom/tensor";
import type { Config } from "../config.ts";
import { loaded, type LayerKind, type WeightShapes } from "../layer-kind.ts";
import { inEitherOrder } from "./channel-order.ts";
import { activationOfLayer } from "./dense.ts";

interface Window {
  readonly stride: number[];
  readonly dilation: number[];
  readonly padding: Padding;
}

function windowOf(config: Config, axes: number): Window {
  const ones = Array.from({ length: axes }, () => 1);
  const padding = config.choice("padding", ["valid", "same", "causal"], "valid");
  const dilation = config.counts("dilation_rate", axes, ones);
  return {
    stride: config.counts("strides", axes, ones),
    dilation,
    // As far as the window reaches back.
    padding:
      padding === "causal"
        ? config.counts("kernel_size", axes).map((size, axis) => [(size - 1) * dilation[axis]!, 0])
        : padding,
  };
}

function causalRefusal(config: Config, axes: number): string | undefined {
  return axes > 1 && config.raw("padding") === "causal" ? "causal" : undefined;
}

function biasOf(config: Config, size: number | null): WeightShapes {
  return config.flag("use_bias", true) ? { bias: [size] } : {};
}

const layers = { 1: Conv1d, 2: Conv2d, 3: Conv3d } as const;

function convolution(axes: 1 | 2 | 3): LayerKind {
  return inEitherOrder(axes, {
    refusal: (config) => causalRefusal(config, axes),
    weights: (config) => ({
      kernel: [...config.counts("kernel_size", axes), null, config.count("filters")],
      ...biasOf(config, config.count("filters")),
    }),
    build({ config, weights: { kernel, bias } }) {
      const activation = activationOfLayer(config);
      const groups = config.count("groups", 1);
      const inChannels = kernel!.shape.at(-2)! * groups;
      const options = { ...windowOf(config, axes), groups, bias: bias !== undefined };
      const layer = new layers[axes](
        inChannels,
        config.count("filters"),
        config.counts("kernel_size", axes),
        options,
      );
      return [loaded(layer, { weight: kernel!, ...(bias && { bias }) }), ...activation];
    },
  });
}

const transposed: LayerKind = {
  refusal(config) {
    const isDilated = config.counts("dilation_rate", 2, [1, 1]).some((step) => step > 1);
    const outputPadding = config.raw("output_padding") === undefined ? undefined : "output_padding";
    return causalRefusal(config, 2) ?? (isDilated ? "dilation_rate" : outputPadding);
  },
  weights: (config) => ({
    kernel: [...config.counts("kernel_size", 2), config.count("filters"), null],
    ...biasOf(config, config.count("filters")),
  }),
  build({ config, weights: { kernel, bias } }) {
    const activation = activationOfLayer(config);
    const size = config.counts("kernel_size", 2);
    const { stride, padding } = windowOf(config, 2);
    // A window smaller than its step leaves room, which TensorFlow keeps.
    const outputPadding = size.map((n, axis) =>
      padding === "same" ? 0 : Math.max(0, stride[axis]! - n),
    );
    const options = { stride, padding, outputPadding, bias: bias !== undefined };
    const layer = new ConvTranspose2d(kernel!.shape[3]!, config.count("filters"), size, options);
    const weight = kernel!.transpose([0, 1, 3, 2]);
    return [loaded(layer, { weight, ...(bias && { bias }) }), ...activation];
  },
};

/** `[height, width, channels, multiplier]` to `[height, width, 1, channels × multiplier]`. */
function flattened(kernel: Tensor): Tensor {
  const [height, width, channels, multiplier] = kernel.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  return kernel.reshape([height, width, 1, channels * multiplier]);
}

const depthwise: LayerKind = {
  refusal: (config) => causalRefusal(config, 2),
  weights: (config) => ({
    depthwise_kernel: [
      ...config.counts("kernel_size", 2),
      null,
      config.count("depth_multiplier", 1),
    ],
    ...biasOf(config, null),
  }),
  build({ config, weights: { depthwise_kernel: kernel, bias } }) {
    const activation = activationOfLayer(config);
    const multiplier = config.count("depth_multiplier", 1);
    const options = { ...windowOf(config, 2), multiplier, bias: bias !== undefined };
    const layer = new DepthwiseConv2d(kernel!.shape[2]!, config.counts("kernel_size", 2), options);
    return [loaded(layer, { weight: flattened(kernel!), ...(bias && { bias }) }), ...activation];
  },
};

const separable: LayerKind = {
  refusal: (config) => causalRefusal(config, 2),
  weights: (config) => ({
    // TensorFlow.js does not write the multiplier.
    depthwise_kernel: [...config.counts("kernel_size", 2), null, null],
    pointwise_kernel: [1, 1, null, config.count("filters")],
    ...biasOf(config, config.count("filters")),
  }),
  build({ config, weights: { depthwise_kernel: kernel, pointwise_kernel: pointwise, bias } }) {
    const activation = activationOfLayer(config);
    const multiplier = kernel!.shape[3]!;
    const options = { ...windowOf(config, 2), multiplier, bias: bias !== undefined };
    const layer = new SeparableConv2d(
      kernel!.shape[2]!,
      config.count("filters"),
      config.counts("kernel_size", 2),
      options,
    );
    return [
      loaded(layer, {
        depthwise: flattened(kernel!),
        pointwise: pointwise!,
        ...(bias && { bias }),
      }),
      ...activation,
    ];
  },
};

/** Convolutions. Padding "same" is TensorFlow's in nn too: the odd element goes after. */
export const convolutionKinds: Readonly<Record<string, LayerKind>> = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  Conv2DTranspose: inEitherOrder(2, transposed),
  DepthwiseConv2D: inEitherOrder(2, depthwise),
  SeparableConv2D: inEitherOrder(2, separable),
};
