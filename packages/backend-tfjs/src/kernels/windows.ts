import type { backend_util } from "@tensorflow/tfjs-core";
import type { WindowParameters } from "@tensorloom/tensor/backend";

/** What TensorFlow.js works out of a window's attributes, for two or three spatial axes. */
export type WindowInfo = backend_util.Conv2DInfo | backend_util.Conv3DInfo;

/** Returns how a window moves, in our terms. */
export function windowOf(info: WindowInfo, window: readonly number[]): WindowParameters {
  const { padInfo } = info;
  const is3d = "inDepth" in info;
  const strides = [info.strideHeight, info.strideWidth];
  const dilation = [info.dilationHeight, info.dilationWidth];
  const before = [padInfo.top, padInfo.left];
  const inSpace = [info.inHeight, info.inWidth];
  const outSpace = [info.outHeight, info.outWidth];
  if (is3d) {
    strides.unshift(info.strideDepth);
    dilation.unshift(info.dilationDepth);
    before.unshift(info.padInfo.front);
    inSpace.unshift(info.inDepth);
    outSpace.unshift(info.outDepth);
  }
  return {
    strides,
    dilation,
    padding: before.map((start, axis) => {
      // As much as the last position reaches: sizes that are rounded up reach beyond the padding that is named.
      const last =
        (outSpace[axis]! - 1) * strides[axis]! + (window[axis]! - 1) * dilation[axis]! + 1;
      return [start, Math.max(0, last - inSpace[axis]! - start)];
    }),
  };
}
