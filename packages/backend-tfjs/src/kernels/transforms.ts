import type {
  BatchToSpaceNDAttrs,
  CastAttrs,
  ConcatAttrs,
  DataType,
  DepthToSpaceAttrs,
  ExpandDimsAttrs,
  MirrorPadAttrs,
  PackAttrs,
  PadV2Attrs,
  ReshapeAttrs,
  ReverseAttrs,
  SliceAttrs,
  SpaceToBatchNDAttrs,
  SplitVAttrs,
  StridedSliceAttrs,
  TileAttrs,
  TransposeAttrs,
  UnpackAttrs,
} from "@tensorflow/tfjs-core";
import {
  astype,
  concat,
  diag,
  flip,
  gather,
  pad,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  tile,
  transpose,
  type Tensor,
} from "@tensorloom/tensor";
import { fromTypedArray, sizeOf, type Backend, type DType } from "@tensorloom/tensor/backend";
import { isGuestType } from "./cpu-kernels.ts";
import { kernel, kernelOfMany, type KernelTable } from "./kernel.ts";

/** Kernels that put elements elsewhere, or see them otherwise. */
export const transforms: KernelTable = {
  Identity: { share: (x) => x },
  Reshape: {
    share: (x, attributes, { tf }) => {
      const { shape } = attributes as ReshapeAttrs;
      return { dtype: x.dtype, shape: tf.util.inferFromImplicitShape(shape, sizeOf(x.shape)) };
    },
  },
  ExpandDims: {
    share: (x, attributes, { tf }) => {
      const { dim } = attributes as ExpandDimsAttrs;
      const rank = x.shape.length;
      tf.util.assert(
        -(rank + 1) <= dim && dim <= rank,
        () => `Axis must be in the interval [${-(rank + 1)}, ${rank}]`,
      );
      const shape = [...x.shape];
      shape.splice(dim < 0 ? rank + 1 + dim : dim, 0, 1);
      return { dtype: x.dtype, shape };
    },
  },
  Cast: {
    share: (x, attributes) => ((attributes as CastAttrs).dtype === x.dtype ? x : undefined),
    ...kernel<"x", CastAttrs>(({ x }, { dtype }) =>
      isGuestType(dtype) ? undefined : astype(x, dtype as DType),
    ),
  },
  BatchToSpaceND: kernel<"x", BatchToSpaceNDAttrs>(
    ({ x }, { blockShape, crops }, { tf: { backend_util: util } }) => {
      const shape = [...x.shape];
      const factor = sizeOf(blockShape);
      const parts = reshape(x, util.getReshaped(shape, blockShape, factor));
      const ordered = transpose(parts, util.getPermuted(parts.rank, blockShape.length));
      const whole = reshape(ordered, util.getReshapedPermuted(shape, blockShape, factor));
      const begin = util.getSliceBeginCoords(crops, blockShape.length);
      const size = util.getSliceSize([...whole.shape], crops, blockShape.length);
      return slice(whole, begin, endOf(begin, size));
    },
  ),
  Concat: kernelOfMany<ConcatAttrs>((tensors, { axis }, { tf, device }) => {
    const along = tf.util.parseAxisParam(axis, [...tensors[0]!.shape])[0]!;
    tf.backend_util.assertParamsConsistent(
      tensors.map(({ shape }) => [...shape]),
      along,
    );
    const filledOnes = tensors.filter(({ size }) => size > 0);
    if (filledOnes.length > 0) return concat(filledOnes, along);
    const total = tensors.reduce((sum, { shape }) => sum + shape[along]!, 0);
    const shape = tensors[0]!.shape.map((n, i) => (i === along ? total : n));
    return empty(device, shape, tensors[0]!.dtype);
  }),
  DepthToSpace: kernel<"x", DepthToSpaceAttrs>(({ x }, { blockSize, dataFormat }) => {
    if (dataFormat !== "NHWC") return undefined;
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const depth = channels / (blockSize * blockSize);
    const parts = reshape(x, [batch, height, width, blockSize, blockSize, depth]);
    const ordered = transpose(parts, [0, 1, 3, 2, 4, 5]);
    return reshape(ordered, [batch, height * blockSize, width * blockSize, depth]);
  }),
  Diag: kernel<"x">(({ x }) => reshape(diag(reshape(x, [x.size])), [...x.shape, ...x.shape])),
  MirrorPad: kernel<"x", MirrorPadAttrs>(({ x }, { paddings, mode }, { device }) => {
    const offset = mode === "reflect" ? 0 : 1;
    return paddings.reduce((padded, [before, after], axis) => {
      if (before === 0 && after === 0) return padded;
      const n = x.shape[axis]!;
      const indices = Int32Array.from({ length: before + n + after }, (_, i) => {
        const at = i - before;
        if (at < 0) return -at - offset;
        return at < n ? at : 2 * (n - 1) - at + offset;
      });
      return gather(padded, indicesOn(device, indices), axis);
    }, x);
  }),
  Pack: kernelOfMany<PackAttrs>((tensors, { axis }, { tf }) => {
    const [{ shape, dtype }] = tensors as readonly [Tensor];
    for (const other of tensors) {
      const message = "All tensors passed to stack must have matching ";
      tf.util.assertShapesMatch([...shape], [...other.shape], `${message}shapes`);
      tf.util.assert(other.dtype === dtype, () => `${message}dtypes`);
    }
    return stack(tensors, axis);
  }),
  PadV2: kernel<"x", PadV2Attrs>(({ x }, { paddings, constantValue }) =>
    pad(x, paddings, constantValue),
  ),
  Reverse: kernel<"x", ReverseAttrs>(({ x }, { dims }, { tf }) =>
    flip(x, tf.util.parseAxisParam(dims, [...x.shape])),
  ),
  Slice: kernel<"x", SliceAttrs>(({ x }, { begin, size }, { tf }) => {
    const info = { shape: [...x.shape], dtype: x.dtype as DataType, dataId: {} };
    const [from, sizes] = tf.slice_util.parseSliceParams(info, begin, size) as [number[], number[]];
    tf.slice_util.assertParamsValid(info, from, sizes);
    return slice(x, from, endOf(from, sizes));
  }),
  SpaceToBatchND: kernel<"x", SpaceToBatchNDAttrs>(
    ({ x }, { blockShape, paddings }, { tf: { backend_util: util } }) => {
      const rest = x.rank - 1 - blockShape.length;
      const around = [[0, 0], ...paddings, ...Array.from({ length: rest }, () => [0, 0])];
      const padded = pad(x, around as [number, number][]);
      const shape = [...padded.shape];
      const factor = sizeOf(blockShape);
      const parts = reshape(padded, util.getReshaped(shape, blockShape, factor, false));
      const ordered = transpose(parts, util.getPermuted(parts.rank, blockShape.length, false));
      return reshape(ordered, util.getReshapedPermuted(shape, blockShape, factor, false));
    },
  ),
  SplitV: kernel<"x", SplitVAttrs>(({ x }, { numOrSizeSplits, axis }, { tf }) => {
    const shape = [...x.shape];
    const along = tf.util.parseAxisParam(axis, shape)[0]!;
    const info = { shape, dtype: x.dtype as DataType, dataId: {} };
    const sizes = tf.backend_util.prepareSplitSize(info, numOrSizeSplits, along);
    const cuts = sizes.slice(0, -1);
    cuts.forEach((size, i) => (cuts[i] = size + (cuts[i - 1] ?? 0)));
    return split(x, cuts, along);
  }),
  StridedSlice: kernel<"x", StridedSliceAttrs>(({ x }, attributes, { tf }) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
      attributes;
    const info = tf.slice_util.sliceInfo(
      [...x.shape],
      begin,
      end,
      strides,
      ...([beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const),
    );
    if (info.isIdentity) return reshape(x, info.finalShape);
    // An end of -1 that walks backwards includes the first element; ours counts it from the end.
    const ends = info.end.map((to, i) => (to < 0 ? to - x.shape[i]! : to));
    return reshape(slice(x, info.begin, ends, info.strides), info.finalShape);
  }),
  Tile: kernel<"x", TileAttrs>(({ x }, { reps }) => tile(x, reps)),
  Transpose: kernel<"x", TransposeAttrs>(({ x }, { perm }) => transpose(x, perm)),
  Unpack: kernel<"value", UnpackAttrs>(({ value }, { axis }) => {
    const along = axis < 0 ? axis + value.rank : axis;
    return split(value, value.shape[along]!, along).map((part) => squeeze(part, along));
  }),
};

function endOf(begin: readonly number[], size: readonly number[]): number[] {
  return begin.map((from, axis) => from + size[axis]!);
}

function indicesOn(device: Backend, indices: Int32Array): Tensor {
  return fromTypedArray(indices, "int32", [indices.length], device);
}

function empty(device: Backend, shape: readonly number[], dtype: DType): Tensor {
  return fromTypedArray(new Float32Array(0) as never, dtype, shape, device);
}
