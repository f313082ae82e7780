// Patches under a moving window, and their adjoint: gathering along one spatial axis after another, so that both work for
// any number of axes on every backend, with gradients of any order.
import type { WindowParameters } from "../backend/contract.ts";
import { ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape, sizeOf, type Shape } from "../shape.ts";
import { fromTypedArray, sharedOf, type Tensor } from "../tensor.ts";
import { addAlong, gatherAlong } from "./along-axis.ts";
import { pad } from "./joining.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { slice } from "./slicing.ts";
import { reshape, transpose } from "./views.ts";
import { perAxis, resolveWindow, type PerAxis, type WindowOptions } from "./window.ts";

/**
 * Returns the patch under each position of a window, laid out as a row: a convolution is then one matrix product,
 * `im2col(x, window).matmul(w.reshape([-1, outChannels]))`.
 *
 * @param x - `[batch, ...space, channels]`, one to three spatial axes
 * @param window - its size, one number for all axes or one an axis
 * @param options - stride, padding, dilation
 * @returns `[batch, ...outSpace, taps × channels]`, in the order of a filter's axes
 * @throws `ShapeError` if the window does not fit
 *
 * Gradient: {@link col2im}. Cost: a copy of taps times the input.
 *
 * @example
 * im2col(tensor([[[1], [2], [3]]]), 2).toString(); // => [[[1, 2], [2, 3]]]
 */
export function im2col(x: TensorLike, window: PerAxis, options: WindowOptions = {}): Tensor {
  return tidy(() => {
    const input = toTensor("im2col", x);
    const { sizes, parameters, outSpace } = geometryOf("im2col", input.shape, window, options);
    const patches = patchesOf(input, sizes, outSpace, parameters);
    return reshape(patches, [input.shape[0]!, ...outSpace, sizeOf(sizes) * input.shape.at(-1)!]);
  });
}

/**
 * Returns the sum of patches put back where {@link im2col} took them from: its adjoint.
 *
 * @param columns - `[batch, ...outSpace, taps × channels]`
 * @param space - the spatial shape of the result
 * @param window - as in {@link im2col}
 * @param options - as in {@link im2col}
 * @returns `[batch, ...space, channels]`
 * @throws `ShapeError` if the shapes do not fit
 *
 * @example
 * col2im(tensor([[[1, 2], [3, 4]]]), [3], 2).toString(); // => [[[1], [5], [4]]]
 */
export function col2im(
  columns: TensorLike,
  space: Shape,
  window: PerAxis,
  options: WindowOptions = {},
): Tensor {
  return tidy(() => {
    const input = toTensor("col2im", columns);
    const batch = input.shape[0]!;
    const whole = [batch, ...space, 1];
    const { sizes, parameters, outSpace } = geometryOf("col2im", whole, window, options);
    const taps = sizeOf(sizes);
    const channels = input.shape.at(-1)! / taps;
    const fits =
      input.rank === space.length + 2 &&
      Number.isInteger(channels) &&
      outSpace.every((size, axis) => size === input.shape[axis + 1]);
    if (!fits) {
      throw new ShapeError(
        `col2im: columns: expected [batch, ${outSpace.join(", ")}, a multiple of ${taps}] for a result of space ` +
          `${formatShape(space)}, got ${formatShape(input.shape)}`,
      );
    }
    const patches = reshape(input, [batch, ...outSpace, ...sizes, channels]);
    return sumOfPatches(patches, space, sizes, parameters);
  });
}

function geometryOf(
  operation: string,
  shape: Shape,
  window: PerAxis,
  options: WindowOptions,
): { sizes: readonly number[]; parameters: WindowParameters; outSpace: number[] } {
  const space = shape.slice(1, -1);
  if (space.length < 1 || space.length > 3) {
    throw new ShapeError(
      `${operation}: x: expected [batch, ...space, channels] with one to three spatial axes, got ${formatShape(shape)}`,
    );
  }
  const sizes = perAxis(operation, "window", window, space.length);
  return { sizes, ...resolveWindow(operation, space, sizes, options) };
}

/**
 * Returns `[batch, ...outSpace, ...window, channels]`: what lies under each position of a window. Positions outside the
 * input see `outside`.
 */
export function patchesOf(
  x: Tensor,
  window: readonly number[],
  outSpace: readonly number[],
  parameters: WindowParameters,
  outside = 0,
): Tensor {
  const rank = window.length;
  const padded = pad(x, paddingFor(x.shape.slice(1, -1), window, outSpace, parameters), outside);
  let gathered = padded;
  for (let axis = 0; axis < rank; axis++) {
    const indices = tapIndices(padded, axis, window, outSpace, parameters);
    const shape = gathered.shape.map((size, a) => (a === axis + 1 ? indices.size : size));
    gathered = gatherAlong("im2col", gathered, indices, axis + 1, shape);
  }
  const apart = reshape(gathered, [
    x.shape[0]!,
    ...outSpace.flatMap((size, axis) => [size, window[axis]!]),
    x.shape.at(-1)!,
  ]);
  const spatial = Array.from({ length: rank }, (_, axis) => axis);
  return transpose(apart, [
    0,
    ...spatial.map((axis) => 1 + 2 * axis),
    ...spatial.map((axis) => 2 + 2 * axis),
    1 + 2 * rank,
  ]);
}

/** The adjoint of {@link patchesOf}. */
function sumOfPatches(
  patches: Tensor,
  space: Shape,
  window: readonly number[],
  parameters: WindowParameters,
): Tensor {
  const rank = window.length;
  const outSpace = patches.shape.slice(1, 1 + rank);
  const [batch, channels] = [patches.shape[0]!, patches.shape.at(-1)!];
  const padding = paddingFor(space, window, outSpace, parameters);
  const beside = transpose(patches, [
    0,
    ...Array.from({ length: rank }, (_, axis) => [1 + axis, 1 + rank + axis]).flat(),
    1 + 2 * rank,
  ]);
  let summed = reshape(beside, [
    batch,
    ...outSpace.map((size, axis) => size * window[axis]!),
    channels,
  ]);
  for (let axis = rank - 1; axis >= 0; axis--) {
    const [before, after] = padding[axis + 1]!;
    const indices = tapIndices(summed, axis, window, outSpace, parameters);
    const size = before + space[axis]! + after;
    summed = addAlong("col2im", summed, indices, axis + 1, size);
  }
  const begin = padding.map(([before]) => before);
  const inner = [batch, ...space, channels];
  return slice(
    summed,
    begin,
    begin.map((start, axis) => start + inner[axis]!),
  );
}

/** Enough on both sides for every position of the window: a last, partial one may reach beyond the padding asked for. */
function paddingFor(
  space: Shape,
  window: readonly number[],
  outSpace: readonly number[],
  { strides, dilation, padding }: WindowParameters,
): [number, number][] {
  const spatial = space.map((size, axis): [number, number] => {
    const [before] = padding[axis]!;
    const reach = (window[axis]! - 1) * dilation[axis]! + 1;
    const needed = (outSpace[axis]! - 1) * strides[axis]! + reach;
    return [before, Math.max(0, needed - before - size)];
  });
  return [[0, 0], ...spatial, [0, 0]];
}

/** Where each tap of each position lies along a padded axis: `[outSpace × window]`, shaped to broadcast. */
function tapIndices(
  beside: Tensor,
  axis: number,
  window: readonly number[],
  outSpace: readonly number[],
  { strides, dilation }: WindowParameters,
): Tensor {
  const taps = window[axis]!;
  const indices = Int32Array.from(
    { length: outSpace[axis]! * taps },
    (_, i) => Math.floor(i / taps) * strides[axis]! + (i % taps) * dilation[axis]!,
  );
  const shape = beside.shape.map((_, a) => (a === axis + 1 ? indices.length : 1));
  return fromTypedArray(indices, "int32", shape, sharedOf(beside).backend);
}
