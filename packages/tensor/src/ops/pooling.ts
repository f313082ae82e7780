import { tidy } from "../scope.ts";
import { record } from "../autograd/tape.ts";
import type { PoolParameters } from "../backend/contract.ts";
import { dispatch } from "../backend/dispatch.ts";
import { isFloating } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf, type Shape } from "../shape.ts";
import { allocateTensor, type Tensor } from "../tensor.ts";
import { inDType } from "./elementwise-ternary.ts";
import { patchesOf } from "./im2col.ts";
import { takeAlongAxis } from "./indexing.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { backendOf, placedOn } from "./placement.ts";
import { argmax, max, mean } from "./reduction.ts";
import { contiguous, reshape } from "./views.ts";
import {
  perAxis,
  resolveWindow,
  type Padding,
  type PerAxis,
  type WindowOptions,
} from "./window.ts";

/** What pooling takes beside the window. */
export interface PoolingOptions extends WindowOptions {
  /** Steps of the window; the window's size by default. */
  readonly stride?: PerAxis;
  /**
   * What is added around the input; `"valid"` by default. It never wins a maximum: a window that lies in it altogether has
   * -Infinity. PyTorch allows half a window of it at most.
   */
  readonly padding?: Padding;
  /** Whether a last, partial window counts; false by default. */
  readonly ceilMode?: boolean;
}

/** What average pooling takes beside the window. */
export interface AveragePoolingOptions extends PoolingOptions {
  /** Whether the mean divides by the whole window, padding included; true by default, as in PyTorch. */
  readonly countIncludePad?: boolean;
}

/**
 * Returns the largest element of each window of a signal.
 *
 * @param x - `[batch, length, channels]`
 * @param window - its size
 * @param options - stride (the window by default), padding, dilation, ceilMode
 *
 * @example
 * maxPool1d(tensor([[[1], [3], [2], [4]]]), 2).toString(); // => [[[3], [4]]]
 */
export function maxPool1d(x: TensorLike, window: PerAxis, options: PoolingOptions = {}): Tensor {
  return pooling("maxPool1d", 1, "max", x, window, options);
}

/**
 * Returns the largest element of each window of images. The gradient goes to the first winner, as in PyTorch.
 *
 * @param x - `[batch, height, width, channels]`
 * @param window - its size, one for both axes or two
 * @param options - stride (the window by default), padding, dilation, ceilMode
 *
 * @example
 * maxPool2d(ones([1, 8, 8, 3]), 2).shape; // => [1,4,4,3]
 */
export function maxPool2d(x: TensorLike, window: PerAxis, options: PoolingOptions = {}): Tensor {
  return pooling("maxPool2d", 2, "max", x, window, options);
}

/**
 * Returns the largest element of each window of volumes.
 *
 * @param x - `[batch, depth, height, width, channels]`
 * @param window - its size, one for all axes or three
 * @param options - stride (the window by default), padding, dilation, ceilMode
 *
 * @example
 * maxPool3d(ones([1, 4, 4, 4, 1]), 2).shape; // => [1,2,2,2,1]
 */
export function maxPool3d(x: TensorLike, window: PerAxis, options: PoolingOptions = {}): Tensor {
  return pooling("maxPool3d", 3, "max", x, window, options);
}

/**
 * Returns the mean of each window of a signal.
 *
 * @param x - `[batch, length, channels]`
 * @param window - its size
 * @param options - stride (the window by default), padding, dilation, ceilMode, countIncludePad
 *
 * @example
 * avgPool1d(tensor([[[1], [3], [2], [4]]]), 2).toString(); // => [[[2], [3]]]
 */
export function avgPool1d(
  x: TensorLike,
  window: PerAxis,
  options: AveragePoolingOptions = {},
): Tensor {
  return pooling("avgPool1d", 1, "average", x, window, options);
}

/**
 * Returns the mean of each window of images.
 *
 * @param x - `[batch, height, width, channels]`
 * @param window - its size, one for both axes or two
 * @param options - stride (the window by default), padding, dilation, ceilMode, countIncludePad
 *
 * @example
 * avgPool2d(ones([1, 8, 8, 3]), 2).shape; // => [1,4,4,3]
 */
export function avgPool2d(
  x: TensorLike,
  window: PerAxis,
  options: AveragePoolingOptions = {},
): Tensor {
  return pooling("avgPool2d", 2, "average", x, window, options);
}

/**
 * Returns the mean of each window of volumes.
 *
 * @param x - `[batch, depth, height, width, channels]`
 * @param window - its size, one for all axes or three
 * @param options - stride (the window by default), padding, dilation, ceilMode, countIncludePad
 *
 * @example
 * avgPool3d(ones([1, 4, 4, 4, 1]), 2).shape; // => [1,2,2,2,1]
 */
export function avgPool3d(
  x: TensorLike,
  window: PerAxis,
  options: AveragePoolingOptions = {},
): Tensor {
  return pooling("avgPool3d", 3, "average", x, window, options);
}

/**
 * Returns the mean over all spatial axes.
 *
 * @param x - `[batch, ...space, channels]`
 * @returns `[batch, channels]`
 * @throws {@link ShapeError} without spatial axes, or without elements there
 *
 * @example
 * globalAvgPool(ones([2, 4, 4, 3])).shape; // => [2,3]
 */
export function globalAvgPool(x: TensorLike): Tensor {
  return tidy(() => {
    const input = toTensor("globalAvgPool", x);
    return mean(input, spatialAxes("globalAvgPool", input));
  });
}

/**
 * Returns the largest element over all spatial axes.
 *
 * @param x - `[batch, ...space, channels]`
 * @returns `[batch, channels]`
 * @throws {@link ShapeError} without spatial axes, or without elements there
 *
 * @example
 * globalMaxPool(ones([2, 4, 4, 3])).shape; // => [2,3]
 */
export function globalMaxPool(x: TensorLike): Tensor {
  return tidy(() => {
    const input = toTensor("globalMaxPool", x);
    return max(input, spatialAxes("globalMaxPool", input));
  });
}

function spatialAxes(operation: string, x: Tensor): number[] {
  const axes = Array.from({ length: Math.max(0, x.rank - 2) }, (_, i) => i + 1);
  if (axes.length > 0 && axes.every((axis) => x.shape[axis]! > 0)) return axes;
  throw new ShapeError(
    `${operation}: x: expected [batch, ...space, channels] with elements in space, got ${formatShape(x.shape)}`,
  );
}

function pooling(
  operation: string,
  spatial: number,
  mode: "max" | "average",
  x: TensorLike,
  window: PerAxis,
  options: AveragePoolingOptions,
): Tensor {
  return tidy(() => {
    const given = toTensor(operation, x);
    if (given.rank !== spatial + 2) {
      throw new ShapeError(
        `${operation}: x: expected rank ${spatial + 2}, [batch, ...space, channels], got ${formatShape(given.shape)}; ` +
          "try expandDims(x, 0) for one sample",
      );
    }
    const input = isFloating(given.dtype) ? given : inDType(given, "float32");
    const sizes = perAxis(operation, "window", window, spatial);
    const space = input.shape.slice(1, -1);
    const { parameters, outSpace } = resolveWindow(operation, space, sizes, options, sizes);
    return pool(operation, input, [input.shape[0]!, ...outSpace, input.shape.at(-1)!], {
      ...parameters,
      mode,
      window: sizes,
      countPadding: options.countIncludePad ?? true,
    });
  });
}

function pool(operation: string, input: Tensor, shape: Shape, parameters: PoolParameters): Tensor {
  const backend = backendOf(operation, [input]);
  const output = allocateTensor(backend, input.dtype, shape);
  if (output.size > 0) {
    dispatch(backend, "pool", { input: contiguous(input), output, ...parameters });
  }
  return record(operation, [input], output, (gradient, [x]) => [
    poolGradient(operation, x!, gradient, parameters),
  ]);
}

function poolGradient(
  operation: string,
  input: Tensor,
  gradient: Tensor,
  parameters: PoolParameters,
): Tensor {
  const backend = backendOf(operation, [input, gradient]);
  const output = allocateTensor(backend, input.dtype, input.shape);
  dispatch(backend, "poolGradient", {
    input: contiguous(placedOn(backend, input)),
    gradient: contiguous(placedOn(backend, gradient)),
    output,
    ...parameters,
  });
  return record(`gradient of ${operation}`, [input, gradient], output, (outer, [x, saved]) => [
    undefined,
    // Both are linear in what is passed back. Average pooling's adjoint is pooling itself.
    parameters.mode === "average"
      ? pool(operation, outer, saved!.shape, parameters)
      : elementsOfWinners(x!, outer, saved!.shape, parameters),
  ]);
}

/** Returns, for each window, the element of `values` at the place where `x` has its first largest. */
function elementsOfWinners(
  x: Tensor,
  values: Tensor,
  shape: Shape,
  { window, ...parameters }: PoolParameters,
): Tensor {
  const outSpace = shape.slice(1, -1);
  const flat = [shape[0]!, ...outSpace, sizeOf(window), shape.at(-1)!];
  const candidates = reshape(patchesOf(x, window, outSpace, parameters, -Infinity), flat);
  const chosen = argmax(candidates, -2, { keepDims: true });
  const of = reshape(patchesOf(values, window, outSpace, parameters), flat);
  return reshape(takeAlongAxis(of, chosen, -2), shape);
}
