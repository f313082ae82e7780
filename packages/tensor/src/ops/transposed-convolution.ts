import { isFloating, promoteTypes } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { activate, checkActivation } from "./activation-expressions.ts";
import { checkChannels, type ConvolutionOptions } from "./convolution.ts";
import { convInputGradient } from "./convolution-kernels.ts";
import { add } from "./elementwise-binary.ts";
import { inDType } from "./elementwise-ternary.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { reshape, transpose } from "./views.ts";
import { perAxis, resolveWindow, type PerAxis } from "./window.ts";

/** What transposed convolutions take beside input and filter. */
export interface TransposedConvolutionOptions extends ConvolutionOptions {
  /** Added to the output's size on the far side, in [0, stride): strided convolutions forget it. 0 by default. */
  readonly outputPadding?: PerAxis;
}

/**
 * Convolves a signal by the adjoint of convolution: with a stride, it grows.
 *
 * @param x - `[batch, length, inChannels]`
 * @param w - `[kernel, inChannels / groups, outChannels]`
 * @param options - as for {@link convTranspose2d}
 * @returns `[batch, outLength, outChannels]`
 *
 * @example
 * convTranspose1d(ones([1, 2, 1]), ones([2, 1, 1]), { stride: 2 }).shape; // => [1,4,1]
 */
export function convTranspose1d(
  x: TensorLike,
  w: TensorLike,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return transposedConvolution("convTranspose1d", 1, x, w, options);
}

/**
 * Convolves images by the adjoint of convolution: with a stride, they grow. Each input element adds its multiple of the
 * filter to the output, filters `stride` apart.
 *
 * @param x - `[batch, height, width, inChannels]`
 * @param w - `[kernelHeight, kernelWidth, inChannels / groups, outChannels]`: input channels first, as everywhere here
 * @param options - stride, padding (what is cut off the output), outputPadding, dilation, groups, bias, activation
 * @returns `[batch, outHeight, outWidth, outChannels]`; a size is
 * `(size - 1) · stride + (kernel - 1) · dilation + 1 + outputPadding - padding`, or `size · stride` for `"same"`
 * @throws {@link ShapeError} if shapes do not fit
 *
 * Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic"; PyTorch's definition.
 *
 * @example
 * const up = convTranspose2d(ones([1, 2, 2, 1]), ones([2, 2, 1, 1]), { stride: 2 });
 * up.shape; // => [1,4,4,1]
 */
export function convTranspose2d(
  x: TensorLike,
  w: TensorLike,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return transposedConvolution("convTranspose2d", 2, x, w, options);
}

/**
 * Convolves volumes by the adjoint of convolution: with a stride, they grow.
 *
 * @param x - `[batch, depth, height, width, inChannels]`
 * @param w - `[kernelDepth, kernelHeight, kernelWidth, inChannels / groups, outChannels]`
 * @param options - as for {@link convTranspose2d}
 * @returns `[batch, outDepth, outHeight, outWidth, outChannels]`
 *
 * @example
 * convTranspose3d(ones([1, 2, 2, 2, 1]), ones([2, 2, 2, 1, 3])).shape; // => [1,3,3,3,3]
 */
export function convTranspose3d(
  x: TensorLike,
  w: TensorLike,
  options: TransposedConvolutionOptions = {},
): Tensor {
  return transposedConvolution("convTranspose3d", 3, x, w, options);
}

function transposedConvolution(
  operation: string,
  spatial: number,
  x: TensorLike,
  w: TensorLike,
  options: TransposedConvolutionOptions,
): Tensor {
  return tidy(() => {
    const { groups = 1, activation } = options;
    const given = toTensor(operation, x, w);
    const filter = toTensor(operation, w, x);
    checkChannels(operation, spatial, given, filter, groups);
    if (activation !== undefined) checkActivation(operation, activation);
    const promoted = promoteTypes(given.dtype, filter.dtype);
    const dtype = isFloating(promoted) ? promoted : "float32";
    const outChannels = filter.shape.at(-1)!;
    const bias = options.bias === undefined ? undefined : toTensor(operation, options.bias, given);
    if (bias !== undefined && !sameShape(bias.shape, [outChannels])) {
      throw new ShapeError(
        `${operation}: bias: expected shape [${outChannels}], got ${formatShape(bias.shape)}`,
      );
    }
    const window = filter.shape.slice(0, spatial);
    const outSpace = outSpaceOf(operation, given, window, options);
    // The convolution whose adjoint this is takes the output's space to the input's.
    const { parameters } = resolveWindow(operation, outSpace, window, options);
    const output = convInputGradient(
      inDType(given, dtype),
      inDType(turned(filter, groups), dtype),
      [given.shape[0]!, ...outSpace, outChannels],
      { ...parameters, groups },
    );
    const shifted = bias === undefined ? output : inDType(add(output, bias), dtype);
    return activation === undefined ? shifted : activate(shifted, activation);
  });
}

function outSpaceOf(
  operation: string,
  x: Tensor,
  window: readonly number[],
  options: TransposedConvolutionOptions,
): number[] {
  const space = x.shape.slice(1, -1);
  const { padding = "valid", outputPadding = 0 } = options;
  const strides = perAxis(operation, "stride", options.stride ?? 1, space.length);
  const dilation = perAxis(operation, "dilation", options.dilation ?? 1, space.length);
  const extra =
    typeof outputPadding === "number" ? space.map(() => outputPadding) : [...outputPadding];
  const isLegal =
    extra.length === space.length &&
    extra.every((n, axis) => Number.isInteger(n) && n >= 0 && n < strides[axis]!);
  if (!isLegal) {
    throw new ArgumentError(
      `${operation}: outputPadding: expected ${space.length} whole numbers in [0, stride) for stride ` +
        `${formatShape(strides)}, got ${formatShape(extra)}`,
    );
  }
  return space.map((size, axis) => {
    if (padding === "same") return size * strides[axis]!;
    const cut =
      typeof padding === "number"
        ? 2 * padding
        : padding === "valid"
          ? 0
          : (padding[axis]?.[0] ?? 0) + (padding[axis]?.[1] ?? 0);
    const reach = (window[axis]! - 1) * dilation[axis]! + 1;
    const result = (size - 1) * strides[axis]! + reach + extra[axis]! - cut;
    if (result >= 1) return result;
    throw new ShapeError(
      `${operation}: padding: expected less than the ${result + cut} elements of spatial axis ${axis}, got ${cut}`,
    );
  });
}

/** `[...window, in / groups, out]` to `[...window, out / groups, in]`: the filter of the convolution it is the adjoint of. */
function turned(filter: Tensor, groups: number): Tensor {
  const window = filter.shape.slice(0, -2);
  const [perGroup, outChannels] = filter.shape.slice(-2) as [number, number];
  const rank = window.length;
  const apart = reshape(filter, [...window, perGroup, groups, outChannels / groups]);
  const spatial = window.map((_, axis) => axis);
  const exchanged = transpose(apart, [...spatial, rank + 2, rank + 1, rank]);
  return reshape(exchanged, [...window, outChannels / groups, groups * perGroup]);
}
