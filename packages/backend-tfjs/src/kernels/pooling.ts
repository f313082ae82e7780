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
  expression,
  mapExpression,
  type Backend,
  type PoolParameters,
} from "@tensorloom/tensor/backend";
import { filled } from "./creation.ts";
import { kernel, type KernelTable } from "./kernel.ts";
import { windowOf, type WindowInfo } from "./windows.ts";

type Mode = PoolParameters["mode"];

const quotientOrZero = expression((x, count) => count.equal(0).where(0, x.div(count)));

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
  return kernel<"x", AvgPool3DAttrs>(({ x }, attributes, { device, tf }) => {
    const info = pool3dInfo(tf.backend_util, x.shape, attributes);
    const parameters = parametersOf(mode, info);
    if (mode === "max" || !hasEmptyWindows(parameters)) return pool(device, mode, x, info);
    // Over padding alone TensorFlow.js' means are NaN in images, and 0 in volumes.
    const counted = { ...parameters, countPadding: true };
    const ones = filled(device, x.shape, 1, "float32");
    const parts = [x, ones].map((one) => pooled(device, one, info.outShape, counted));
    return mapExpression("AvgPool3D", quotientOrZero, parts, { dtype: x.dtype });
  });
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

function pool(device: Backend, mode: Mode, x: Tensor, info: WindowInfo): Tensor {
  const parameters = parametersOf(mode, info);
  if (isIdentity(parameters, x.shape, info.outShape)) return x;
  return astype(pooled(device, x, info.outShape, parameters), x.dtype);
}

function pooled(
  device: Backend,
  x: Tensor,
  shape: readonly number[],
  parameters: PoolParameters,
): Tensor {
  const output = allocateTensor(device, "float32", shape);
  if (output.size > 0) {
    dispatch(device, "pool", { input: astype(x, "float32"), output, ...parameters });
  }
  return output;
}

function hasEmptyWindows({ window, padding }: PoolParameters): boolean {
  return window.some((size, axis) => padding[axis]!.some((width) => width >= size));
}

/** Windows of one element are left out where the shape stays: with strides and padding too, for TensorFlow.js. */
function isIdentity(
  { window }: PoolParameters,
  shape: readonly number[],
  outShape: readonly number[],
): boolean {
  return window.every((size) => size === 1) && shape.every((size, i) => size === outShape[i]);
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
