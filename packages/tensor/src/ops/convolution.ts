import { tidy } from "../scope.ts";
import { activeTapes } from "../autograd/tape.ts";
import { isFloating, promoteTypes } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { activate, checkActivation, type ActivationName } from "./activation-expressions.ts";
import { convForward } from "./convolution-kernels.ts";
import { inDType } from "./elementwise-ternary.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { resolveWindow, type WindowOptions } from "./window.ts";

/** What convolutions take beside input and filter. */
export interface ConvolutionOptions extends WindowOptions {
  /** Channels are cut into this many groups that do not see each other; 1 by default. */
  readonly groups?: number;
  /** Added to each output channel; `[outChannels]`. */
  readonly bias?: TensorLike;
  /** Applied at the end. */
  readonly activation?: ActivationName;
}

/**
 * Convolves a signal with a filter (cross-correlation, as deep learning means it).
 *
 * @param x - `[batch, length, inChannels]`
 * @param w - `[kernel, inChannels / groups, outChannels]`
 * @param options - stride, padding, dilation, groups, bias, activation
 * @returns `[batch, outLength, outChannels]`
 * @throws {@link ShapeError} if shapes do not fit
 *
 * @example
 * conv1d(ones([1, 4, 1]), ones([3, 1, 1])).shape; // => [1,2,1]
 */
export function conv1d(x: TensorLike, w: TensorLike, options: ConvolutionOptions = {}): Tensor {
  return convolution("conv1d", 1, x, w, options);
}

/**
 * Convolves images with a filter (cross-correlation, as deep learning means it).
 *
 * @param x - `[batch, height, width, inChannels]`
 * @param w - `[kernelHeight, kernelWidth, inChannels / groups, outChannels]`
 * @param options - stride, padding, dilation, groups, bias, activation
 * @returns `[batch, outHeight, outWidth, outChannels]`
 * @throws {@link ShapeError} if shapes do not fit
 *
 * Gradient: to `x`, `w` and the bias, each a kernel of its own.
 *
 * @example
 * conv2d(ones([1, 5, 5, 1]), ones([3, 3, 1, 8]), { padding: "same" }).shape; // => [1,5,5,8]
 */
export function conv2d(x: TensorLike, w: TensorLike, options: ConvolutionOptions = {}): Tensor {
  return convolution("conv2d", 2, x, w, options);
}

/**
 * Convolves volumes with a filter (cross-correlation, as deep learning means it).
 *
 * @param x - `[batch, depth, height, width, inChannels]`
 * @param w - `[kernelDepth, kernelHeight, kernelWidth, inChannels / groups, outChannels]`
 * @param options - stride, padding, dilation, groups, bias, activation
 * @returns `[batch, outDepth, outHeight, outWidth, outChannels]`
 * @throws {@link ShapeError} if shapes do not fit
 *
 * @example
 * conv3d(ones([1, 3, 3, 3, 1]), ones([3, 3, 3, 1, 2])).shape; // => [1,1,1,1,2]
 */
export function conv3d(x: TensorLike, w: TensorLike, options: ConvolutionOptions = {}): Tensor {
  return convolution("conv3d", 3, x, w, options);
}

/** Convolution over any number of spatial axes. */
export function convolution(
  operation: string,
  spatial: number,
  x: TensorLike,
  w: TensorLike,
  options: ConvolutionOptions,
): Tensor {
  return tidy(() => {
    const { groups = 1, activation } = options;
    const input = toTensor(operation, x, w);
    const filter = toTensor(operation, w, x);
    checkChannels(operation, spatial, input, filter, groups);
    if (activation !== undefined) checkActivation(operation, activation);
    const promoted = promoteTypes(input.dtype, filter.dtype);
    const dtype = isFloating(promoted) ? promoted : "float32";
    const window = filter.shape.slice(0, spatial);
    const space = input.shape.slice(1, -1);
    const { parameters, outSpace } = resolveWindow(operation, space, window, options);
    const outChannels = filter.shape.at(-1)!;
    const bias = options.bias === undefined ? undefined : toTensor(operation, options.bias, input);
    if (bias !== undefined && !sameShape(bias.shape, [outChannels])) {
      throw new ShapeError(
        `${operation}: bias: expected shape [${outChannels}], got ${formatShape(bias.shape)}`,
      );
    }
    const isRecorded = activeTapes().length > 0;
    const output = convForward(operation, {
      input: inDType(input, dtype),
      filter: inDType(filter, dtype),
      bias,
      activation: isRecorded ? undefined : activation,
      shape: [input.shape[0]!, ...outSpace, outChannels],
      geometry: { ...parameters, groups },
    });
    // A recorded activation is an operation of its own: its gradient needs what enters it.
    return isRecorded && activation !== undefined ? activate(output, activation) : output;
  });
}

export function checkChannels(
  operation: string,
  spatial: number,
  input: Tensor,
  filter: Tensor,
  groups: number,
): void {
  const axes = Array.from({ length: spatial }, (_, i) => "dhw".slice(3 - spatial)[i]).join(", ");
  if (input.rank !== spatial + 2) {
    throw new ShapeError(
      `${operation}: x: expected shape [batch, ${axes}, channels], got ${formatShape(input.shape)}; ` +
        (input.rank === spatial + 1 ? "try expandDims(x, 0) or expandDims(x, -1)" : "try reshape"),
    );
  }
  if (filter.rank !== spatial + 2) {
    throw new ShapeError(
      `${operation}: w: expected shape [window (${axes}), inChannels / groups, outChannels], ` +
        `got ${formatShape(filter.shape)}`,
    );
  }
  const inChannels = input.shape.at(-1)!;
  const [perGroup, outChannels] = filter.shape.slice(-2) as [number, number];
  if (
    !Number.isInteger(groups) ||
    groups < 1 ||
    inChannels % groups !== 0 ||
    outChannels % groups !== 0
  ) {
    throw new ArgumentError(
      `${operation}: groups: expected a divisor of ${inChannels} input and ${outChannels} output channels, got ${groups}`,
    );
  }
  if (perGroup !== inChannels / groups) {
    throw new ShapeError(
      `${operation}: w: expected ${inChannels / groups} input channels a group to match x ${formatShape(input.shape)} ` +
        `with groups ${groups}, got ${formatShape(filter.shape)}`,
    );
  }
}
