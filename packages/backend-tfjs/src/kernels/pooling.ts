import type {
  AvgPool3DAttrs,
  AvgPool3DGradAttrs,
  AvgPoolAttrs,
  AvgPoolGradAttrs,
  backend_util,
} from "@tensorflow/tfjs-core";
import { astype, type Tensor } from "@tensorloom/tensor";
import {
  allocateTensor,
  dispatch,
  type Backend,
  type PoolParameters,
} from "@tensorloom/tensor/backend";
import { kernel, type KernelTable } from "./kernel.ts";
import { windowOf, type WindowInfo } from "./windows.ts";

type Mode = PoolParameters["mode"];

/** Pooling and its gradients. Means are over the elements inside, as TensorFlow.js' are. */
export const pooling: KernelTable = {
  AvgPool: pool2d("average"),
  MaxPool: pool2d("max"),
  AvgPool3D: pool3d("average"),
  MaxPool3D: pool3d("max"),
  AvgPoolGrad: pool2dGradient("average"),
  MaxPoolGrad: pool2dGradient("max"),
  AvgPool3DGrad: pool3dGradient("average"),
  MaxPool3DGrad: pool3dGradient("max"),
};

function pool2d(mode: Mode): KernelTable[string] {
  return kernel<"x", AvgPoolAttrs>(({ x }, attributes, { device, tf }) =>
    pool(device, mode, x, pool2dInfo(tf.backend_util, x.shape, attributes)),
  );
}

function pool3d(mode: Mode): KernelTable[string] {
  return kernel<"x", AvgPool3DAttrs>(({ x }, attributes, { device, tf }) =>
    pool(device, mode, x, pool3dInfo(tf.backend_util, x.shape, attributes)),
  );
}

function pool2dGradient(mode: Mode): KernelTable[string] {
  return kernel<"dy" | "input", AvgPoolGradAttrs>(({ dy, input }, attributes, { device, tf }) =>
    poolGradient(device, mode, input, dy, pool2dInfo(tf.backend_util, input.shape, attributes)),
  );
}

function pool3dGradient(mode: Mode): KernelTable[string] {
  return kernel<"dy" | "input", AvgPool3DGradAttrs>(({ dy, input }, attributes, { device, tf }) =>
    poolGradient(device, mode, input, dy, pool3dInfo(tf.backend_util, input.shape, attributes)),
  );
}

function pool(device: Backend, mode: Mode, x: Tensor, info: WindowInfo): Tensor | undefined {
  const parameters = parametersOf(mode, info);
  if (hasEmptyWindows(parameters)) return undefined;
  const output = allocateTensor(device, "float32", info.outShape);
  if (output.size > 0) {
    const input = astype(x, "float32");
    dispatch(device, "pool", { input, output, ...parameters });
  }
  return astype(output, x.dtype);
}

/** Of a window that lies wholly over padding, TensorFlow.js has a mean of its own. */
function hasEmptyWindows({ window, padding }: PoolParameters): boolean {
  return window.some((size, axis) => padding[axis]!.some((width) => width >= size));
}

function poolGradient(
  device: Backend,
  mode: Mode,
  x: Tensor,
  gradient: Tensor,
  info: WindowInfo,
): Tensor {
  const output = allocateTensor(device, "float32", x.shape);
  const input = astype(x, "float32");
  dispatch(device, "poolGradient", { input, gradient, output, ...parametersOf(mode, info) });
  return output;
}

function parametersOf(mode: Mode, info: WindowInfo): PoolParameters {
  const window = [info.filterHeight, info.filterWidth];
  if ("filterDepth" in info) window.unshift(info.filterDepth);
  return { ...windowOf(info, window), mode, window, countPadding: false };
}

function pool2dInfo(
  util: typeof backend_util,
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: AvgPoolAttrs,
): backend_util.Conv2DInfo {
  const input = shape as [number, number, number, number];
  return util.computePool2DInfo(input, filterSize, strides, 1, pad, dimRoundingMode);
}

function pool3dInfo(
  util: typeof backend_util,
  shape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: AvgPool3DGradAttrs,
): backend_util.Conv3DInfo {
  const input = shape as [number, number, number, number, number];
  return util.computePool3DInfo(input, filterSize, strides, 1, pad, dimRoundingMode);
}
