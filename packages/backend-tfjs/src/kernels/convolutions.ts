import type {
  backend_util,
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  Conv3DAttrs,
  Conv3DBackpropFilterV2Attrs,
  Conv3DBackpropInputV2Attrs,
  DepthwiseConv2dNativeAttrs,
  DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInputAttrs,
  FusedConv2DAttrs,
  FusedDepthwiseConv2DAttrs,
} from "@tensorflow/tfjs-core";
import { reshape, slice, type Tensor } from "@tensorloom/tensor";
import { allocateTensor, dispatch, ShapeError, type Backend } from "@tensorloom/tensor/backend";
import { channelsLast, entriesLast, inProgramsOrder, operandLast } from "./channel-order.ts";
import { contiguous } from "./contiguous.ts";
import { epilogueOf, type Finish } from "./epilogue.ts";
import { kernel, type KernelTable } from "./kernel.ts";
import { windowOf, type WindowInfo } from "./windows.ts";

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

/** Convolutions and their gradients. Where a program's channels come first, they are put last and back. */
export const convolutions: KernelTable = {
  Conv2D: kernel<"x" | "filter", Conv2DAttrs>(({ x, filter }, attributes, { device, tf }) => {
    const images = channelsLast(x, attributes.dataFormat);
    const info = conv2dInfo(tf.backend_util, images.shape, filter.shape, attributes);
    return inProgramsOrder(convolve(device, images, filter, info), attributes.dataFormat);
  }),
  FusedConv2D: kernel<"x" | "filter", FusedConv2DAttrs, "bias" | "preluActivationWeights">(
    ({ x, filter, ...operands }, attributes, { device, tf }) => {
      const images = channelsLast(x, attributes.dataFormat);
      const info = conv2dInfo(tf.backend_util, images.shape, filter.shape, attributes);
      const finish = finishOf(operands, attributes);
      return inProgramsOrder(convolve(device, images, filter, info, finish), attributes.dataFormat);
    },
  ),
  Conv2DBackpropInput: kernel<"dy" | "filter", Conv2DBackpropInputAttrs>(
    ({ dy, filter }, attributes, { device, tf }) => {
      const { dataFormat } = attributes;
      const shape = entriesLast(attributes.inputShape, dataFormat);
      const info = conv2dInfo(tf.backend_util, shape, filter.shape, attributes);
      const gradient = channelsLast(dy, dataFormat);
      return inProgramsOrder(inputGradient(device, gradient, filter, shape, info), dataFormat);
    },
  ),
  Conv2DBackpropFilter: kernel<"x" | "dy", Conv2DBackpropFilterAttrs>(
    ({ x, dy }, attributes, { device, tf }) => {
      const { filterShape, dataFormat } = attributes;
      const images = channelsLast(x, dataFormat);
      const info = conv2dInfo(tf.backend_util, images.shape, filterShape, attributes);
      return filterGradient(device, images, channelsLast(dy, dataFormat), filterShape, info);
    },
  ),
  DepthwiseConv2dNative: kernel<"x" | "filter", DepthwiseConv2dNativeAttrs>(
    ({ x, filter }, attributes, { device, tf }) => {
      const images = channelsLast(x, attributes.dataFormat);
      const info = depthwiseInfo(tf.backend_util, images.shape, filter.shape, attributes);
      const result = convolve(device, images, asGroups(filter), info);
      return inProgramsOrder(result, attributes.dataFormat);
    },
  ),
  FusedDepthwiseConv2D: kernel<
    "x" | "filter",
    FusedDepthwiseConv2DAttrs,
    "bias" | "preluActivationWeights"
  >(({ x, filter, ...operands }, attributes, { device, tf }) => {
    const images = channelsLast(x, attributes.dataFormat);
    const info = depthwiseInfo(tf.backend_util, images.shape, filter.shape, attributes);
    const finish = finishOf(operands, attributes);
    const result = convolve(device, images, asGroups(filter), info, finish);
    return inProgramsOrder(result, attributes.dataFormat);
  }),
  DepthwiseConv2dNativeBackpropInput: kernel<
    "dy" | "filter",
    DepthwiseConv2dNativeBackpropInputAttrs
  >(({ dy, filter }, attributes, { device, tf }) => {
    const { inputShape } = attributes;
    const info = depthwiseInfo(tf.backend_util, inputShape, filter.shape, attributes);
    return inputGradient(device, dy, asGroups(filter), inputShape, info);
  }),
  DepthwiseConv2dNativeBackpropFilter: kernel<"x" | "dy", DepthwiseConv2dNativeBackpropFilterAttrs>(
    ({ x, dy }, attributes, { device, tf }) => {
      const { filterShape } = attributes;
      const info = depthwiseInfo(tf.backend_util, x.shape, filterShape, attributes);
      const [height, width, channels, multiplier] = filterShape;
      const grouped = [height, width, 1, channels * multiplier];
      return reshape(filterGradient(device, x, dy, grouped, info), filterShape);
    },
  ),
  Conv3D: kernel<"x" | "filter", Conv3DAttrs>(({ x, filter }, attributes, { device, tf }) => {
    return convolve(
      device,
      x,
      filter,
      conv3dInfo(tf.backend_util, x.shape, filter.shape, attributes),
    );
  }),
  Conv3DBackpropInputV2: kernel<"dy" | "filter", Conv3DBackpropInputV2Attrs>(
    ({ dy, filter }, attributes, { device, tf }) => {
      const { inputShape } = attributes;
      const info = conv3dInfo(tf.backend_util, inputShape, filter.shape, attributes);
      return inputGradient(device, dy, filter, inputShape, info);
    },
  ),
  Conv3DBackpropFilterV2: kernel<"x" | "dy", Conv3DBackpropFilterV2Attrs>(
    ({ x, dy }, attributes, { device, tf }) => {
      const { filterShape } = attributes;
      const info = conv3dInfo(tf.backend_util, x.shape, filterShape, attributes);
      return filterGradient(device, x, dy, filterShape, info);
    },
  ),
};

const plain: Finish = { activation: "linear" };

function finishOf(
  operands: { readonly [name in "bias" | "preluActivationWeights"]?: Tensor | null },
  { activation, leakyreluAlpha: alpha, dataFormat }: FusedConv2DAttrs | FusedDepthwiseConv2DAttrs,
): Finish {
  return {
    activation,
    alpha,
    bias: operandLast(operands.bias, dataFormat),
    weights: operandLast(operands.preluActivationWeights, dataFormat),
  };
}

function convolve(
  device: Backend,
  input: Tensor,
  filter: Tensor,
  info: WindowInfo,
  finish: Finish = plain,
): Tensor {
  const output = allocateTensor(device, "float32", info.outShape);
  if (output.size === 0) return output;
  dispatch(device, "conv", {
    input,
    filter,
    output,
    ...geometry(info, filter.shape),
    epilogue: epilogueOf(output.shape, finish),
  });
  return output;
}

function inputGradient(
  device: Backend,
  gradient: Tensor,
  filter: Tensor,
  shape: readonly number[],
  info: WindowInfo,
): Tensor {
  const output = allocateTensor(device, "float32", shape);
  dispatch(device, "convInputGradient", {
    gradient: fitted(gradient, info.outShape),
    filter,
    output,
    ...geometry(info, filter.shape),
  });
  return output;
}

function filterGradient(
  device: Backend,
  input: Tensor,
  gradient: Tensor,
  shape: readonly number[],
  info: WindowInfo,
): Tensor {
  const output = allocateTensor(device, "float32", shape);
  dispatch(device, "convFilterGradient", {
    input,
    gradient: fitted(gradient, info.outShape),
    output,
    ...geometry(info, shape),
  });
  return output;
}

/** Programs may give a gradient that is larger than what the convolution gives: TensorFlow.js leaves the rest unused. */
function fitted(gradient: Tensor, shape: readonly number[]): Tensor {
  if (gradient.shape.every((size, axis) => size === shape[axis])) return gradient;
  if (gradient.shape.some((size, axis) => size < shape[axis]!)) {
    throw new ShapeError(
      `convolution: dy: expected shape [${shape.join()}], got [${gradient.shape.join()}]`,
    );
  }
  return contiguous(slice(gradient, [], shape));
}

/** A filter sees as many channels as its group has. */
function geometry(
  info: WindowInfo,
  filterShape: readonly number[],
): ReturnType<typeof windowOf> & { readonly groups: number } {
  const window = filterShape.slice(0, -2);
  return { ...windowOf(info, window), groups: info.inChannels / filterShape.at(-2)! };
}

/** `[height, width, channels, multiplier]` as the filter of so many groups. */
function asGroups(filter: Tensor): Tensor {
  const [height, width, channels, multiplier] = filter.shape as Shape4;
  return reshape(filter, [height, width, 1, channels * multiplier]);
}

/** Attributes that all convolutions share. */
interface ConvolutionAttributes {
  readonly strides: unknown;
  readonly pad: unknown;
  readonly dilations?: unknown;
  readonly dataFormat?: string;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

function conv2dInfo(
  util: typeof backend_util,
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dimRoundingMode, dataFormat }: ConvolutionAttributes,
  isDepthwise = false,
): backend_util.Conv2DInfo {
  return util.computeConv2DInfo(
    inputShape as Shape4,
    filterShape as Shape4,
    strides as [number, number],
    (dilations ?? 1) as number,
    (Array.isArray(pad) ? entriesLast(pad, dataFormat) : pad) as "same",
    dimRoundingMode,
    isDepthwise,
  );
}

function depthwiseInfo(
  util: typeof backend_util,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: ConvolutionAttributes,
): backend_util.Conv2DInfo {
  return conv2dInfo(util, inputShape, filterShape, attributes, true);
}

function conv3dInfo(
  util: typeof backend_util,
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations }: ConvolutionAttributes,
): backend_util.Conv3DInfo {
  return util.computeConv3DInfo(
    inputShape as Shape5,
    filterShape as Shape5,
    strides as [number, number, number],
    (dilations ?? 1) as number,
    pad as "same",
  );
}
