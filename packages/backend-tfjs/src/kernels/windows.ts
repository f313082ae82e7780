import type { backend_util } from "@tensorflow/tfjs-core";
import type { WindowParameters } from "@tensorloom/tensor/backend";

/** What TensorFlow.js works out of a window's attributes, for two or three spatial axes. */
export type WindowInfo = backend_util.Conv2DInfo | backend_util.Conv3DInfo;

/** Returns how a window moves, in our terms. */
export function windowOf(info: WindowInfo, window: readonly number[]): WindowParameters {
  const [height, width] = window.slice(-2) as [number, number];
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  const alongHeight = around(
    padInfo.top,
    info.inHeight,
    info.outHeight,
    height,
    strideHeight,
    dilationHeight,
  );
  const alongWidth = around(
    padInfo.left,
    info.inWidth,
    info.outWidth,
    width,
    strideWidth,
    dilationWidth,
  );
  if (!("inDepth" in info)) {
    return {
      strides: [strideHeight, strideWidth],
      dilation: [dilationHeight, dilationWidth],
      padding: [alongHeight, alongWidth],
    };
  }
  const { strideDepth, dilationDepth } = info;
  const alongDepth = around(
    info.padInfo.front,
    info.inDepth,
    info.outDepth,
    window[0]!,
    strideDepth,
    dilationDepth,
  );
  return {
    strides: [strideDepth, strideHeight, strideWidth],
    dilation: [dilationDepth, dilationHeight, dilationWidth],
    padding: [alongDepth, alongHeight, alongWidth],
  };
}

/** As much as the last position reaches: sizes that are rounded up reach beyond the padding that is named. */
function around(
  before: number,
  inSize: number,
  outSize: number,
  window: number,
  stride: number,
  dilation: number,
): readonly [before: number, after: number] {
  const last = (outSize - 1) * stride + (window - 1) * dilation + 1;
  return [before, Math.max(0, last - inSize - before)];
}
