import { ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { conv2d, type ConvolutionOptions } from "./convolution.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { reshape } from "./views.ts";

/** What depthwise convolution takes: all of a convolution's but the groups, which are the channels. */
export type DepthwiseOptions = Omit<ConvolutionOptions, "groups">;

/**
 * Convolves each channel by filters of its own.
 *
 * @param x - `[batch, height, width, channels]`
 * @param w - `[kernelHeight, kernelWidth, 1, channels × multiplier]`; `[…, channels, multiplier]`, the same numbers in the
 * same order, is taken too
 * @param options - stride, padding, dilation, bias, activation
 * @returns `[batch, outHeight, outWidth, channels × multiplier]`: the results of a channel lie side by side
 * @throws {@link ShapeError} if shapes do not fit
 *
 * @example
 * depthwiseConv2d(ones([1, 4, 4, 3]), ones([3, 3, 1, 6])).shape; // => [1,2,2,6]
 */
export function depthwiseConv2d(
  x: TensorLike,
  w: TensorLike,
  options: DepthwiseOptions = {},
): Tensor {
  return tidy(() => {
    const input = toTensor("depthwiseConv2d", x, w);
    const given = toTensor("depthwiseConv2d", w, x);
    const channels = input.shape.at(-1) ?? 0;
    const [depth = 0, last = 0] = given.shape.slice(-2);
    const fits = given.rank === 4 && (depth === channels || (depth === 1 && last % channels === 0));
    if (!fits) {
      throw new ShapeError(
        `depthwiseConv2d: w: expected [kernelHeight, kernelWidth, 1, a multiple of ${channels}] for x ` +
          `${formatShape(input.shape)}, got ${formatShape(given.shape)}`,
      );
    }
    const filter = reshape(given, [...given.shape.slice(0, 2), 1, depth * last]);
    return conv2d(input, filter, { ...options, groups: channels });
  });
}

/**
 * Convolves each channel by itself, then mixes channels at each place: the separable convolution of Xception and
 * MobileNet.
 *
 * @param x - `[batch, height, width, channels]`
 * @param depthwise - `[kernelHeight, kernelWidth, 1, channels × multiplier]`
 * @param pointwise - `[1, 1, channels × multiplier, outChannels]`
 * @param options - stride, padding, dilation; bias and activation come at the end
 * @returns `[batch, outHeight, outWidth, outChannels]`
 * @throws {@link ShapeError} if shapes do not fit
 *
 * Source: Chollet 2017, "Xception".
 *
 * @example
 * separableConv2d(ones([1, 4, 4, 3]), ones([3, 3, 1, 3]), ones([1, 1, 3, 8])).shape; // => [1,2,2,8]
 */
export function separableConv2d(
  x: TensorLike,
  depthwise: TensorLike,
  pointwise: TensorLike,
  options: DepthwiseOptions = {},
): Tensor {
  return tidy(() => {
    const { bias, activation, ...window } = options;
    const mixing = toTensor("separableConv2d", pointwise, x);
    if (mixing.rank !== 4 || mixing.shape[0] !== 1 || mixing.shape[1] !== 1) {
      throw new ShapeError(
        `separableConv2d: pointwise: expected [1, 1, channels, outChannels], got ${formatShape(mixing.shape)}`,
      );
    }
    return conv2d(depthwiseConv2d(x, depthwise, window), mixing, {
      ...(bias === undefined ? {} : { bias }),
      ...(activation === undefined ? {} : { activation }),
    });
  });
}
