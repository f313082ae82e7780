import type {
  GatherV2Attrs,
  OneHotAttrs,
  ScatterNdAttrs,
  TopKAttrs,
  UnsortedSegmentSumAttrs,
} from "@tensorflow/tfjs-core";
import {
  astype,
  broadcastTo,
  expandDims,
  gather,
  mul,
  reshape,
  slice,
  sum,
  takeAlongAxis,
  topk,
  type Tensor,
} from "@tensorloom/tensor";
import {
  dispatch,
  type Backend,
  Expr,
  Expression,
  expression,
  fromTypedArray,
  mapExpression,
  type DType,
} from "@tensorloom/tensor/backend";
import type { Tf } from "../engine/load-engine.ts";
import { filled } from "./creation.ts";
import { kernel, type KernelTable } from "./kernel.ts";

const oneHot = new Expression(
  [
    Expr.index()
      .remainder(Expr.parameter(0))
      .cast("int32")
      .equal(Expr.input(0))
      .where(Expr.parameter(1, true), Expr.parameter(2, true)),
  ],
  1,
  3,
);
const choose = expression((condition, x, y) => condition.cast("bool").where(x, y));
const inSegment = expression(
  (id, count) => id.less(0).or(id.greaterEqual(count)).where(count, id),
  1,
);

/** Kernels that choose elements by their places. */
export const indexing: KernelTable = {
  GatherV2: kernel<"x" | "indices", GatherV2Attrs>(
    ({ x, indices }, { axis, batchDims }, { tf, device }) => {
      const batches = x.shape.slice(0, batchDims);
      const isBatched = batches.every((size, a) => size === indices.shape[a]);
      if (x.size === 0 || !isBatched) return undefined;
      const along = tf.util.parseAxisParam(axis, [...x.shape])[0]!;
      const places = astype(indices, "int32");
      if (device.readSync !== undefined) checkPlaces(tf, places, x.shape[along]!);
      return batchDims === 0
        ? gather(x, places, along)
        : gatherInBatches(x, places, along, batchDims);
    },
  ),
  GatherNd: kernel<"params" | "indices">(({ params, indices }, _, { tf, device }) => {
    const depth = indices.shape.at(-1)!;
    const [sizes, rest] = [params.shape.slice(0, depth), params.shape.slice(depth)];
    if (params.size === 0 || indices.size === 0) return undefined;
    const places = flatPlaces(tf, device, indices, sizes, params.shape);
    return gather(reshape(params, [params.size / sizeOf(rest), ...rest]), places);
  }),
  OneHot: kernel<"indices", OneHotAttrs>(({ indices }, { dtype, depth, onValue, offValue }) =>
    mapExpression("OneHot", oneHot, [expandDims(indices, -1)], {
      parameters: [depth, onValue, offValue],
      dtype: dtype as DType,
      shape: [...indices.shape, depth],
    }),
  ),
  ScatterNd: kernel<"indices" | "updates", ScatterNdAttrs>(
    ({ indices, updates }, { shape }, { tf, device }) => {
      // Indices of one axis name places of one.
      const depth = indices.rank > 1 ? indices.shape.at(-1)! : 1;
      const [sizes, rest] = [shape.slice(0, depth), shape.slice(depth)];
      const count = indices.size / depth;
      if (sizeOf(shape) === 0 || indices.size === 0 || updates.size === 0) return undefined;
      const tuples = reshape(indices, [count, depth]);
      const places = flatPlaces(tf, device, tuples, sizes, shape);
      const output = filled(device, [sizeOf(sizes), ...rest], 0, updates.dtype);
      const where = reshape(places, [count, ...rest.map(() => 1)]);
      scatterRows(device, where, reshape(updates, [count, ...rest]), output);
      return reshape(output, shape);
    },
  ),
  Select: kernel<"condition" | "t" | "e">(({ condition, t, e }, _, { tf }) => {
    // A condition of one axis chooses whole rows.
    const isByRow = condition.rank === 1 && t.rank > 1;
    const chosen = isByRow
      ? reshape(condition, [condition.size, ...t.shape.slice(1).map(() => 1)])
      : condition;
    const dtype = tf.upcastType(t.dtype as "float32", e.dtype as "float32") as DType;
    return mapExpression("Select", choose, [chosen, t, e], { dtype, shape: t.shape });
  }),
  TopK: kernel<"x", TopKAttrs>(({ x }, { k }) => {
    if (x.size === 0) return undefined;
    const { values, indices } = topk(x, k);
    return [values, indices];
  }),
  UnsortedSegmentSum: kernel<"x" | "segmentIds", UnsortedSegmentSumAttrs>(
    ({ x, segmentIds }, { numSegments }, { device }) => {
      const rest = x.shape.slice(1);
      // What belongs to no segment goes to one that is cut off.
      const output = filled(device, [numSegments + 1, ...rest], 0, x.dtype);
      const ids = mapExpression("UnsortedSegmentSum", inSegment, [segmentIds], {
        parameters: [numSegments],
        dtype: "int32",
      });
      const where = reshape(ids, [ids.size, ...rest.map(() => 1)]);
      if (x.size > 0) scatterRows(device, where, x, output);
      return slice(output, [0], [numSegments]);
    },
  ),
};

/** Negative ones, which count from the end with us, are none with TensorFlow.js. */
function checkPlaces(tf: Tf, places: Tensor, size: number): void {
  for (const index of places.dataSync()) {
    tf.util.assert(
      index >= 0 && index < size,
      () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`,
    );
  }
}

/** Axes before `batchDims` are common to both: each batch is indexed by its own places. */
function gatherInBatches(x: Tensor, places: Tensor, axis: number, batchDims: number): Tensor {
  const { shape } = x;
  const batches = sizeOf(shape.slice(0, batchDims));
  const outer = sizeOf(shape.slice(batchDims, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const count = places.size / batches;
  const own = broadcastTo(reshape(places, [batches, 1, count, 1]), [batches, outer, count, inner]);
  const picked = takeAlongAxis(reshape(x, [batches, outer, shape[axis]!, inner]), own, 2);
  const placesShape = places.shape.slice(batchDims);
  return reshape(picked, [...shape.slice(0, axis), ...placesShape, ...shape.slice(axis + 1)]);
}

/** Returns where the elements that `tuples [..., k]` name lie, counted over `sizes`, k axes, row by row. */
function flatPlaces(
  tf: Tf,
  device: Backend,
  tuples: Tensor,
  sizes: readonly number[],
  shape: readonly number[],
): Tensor {
  const given = astype(tuples, "int32");
  if (device.readSync !== undefined) {
    given.dataSync().forEach((index, i) => {
      tf.util.assert(
        index >= 0 && index < sizes[i % sizes.length]!,
        () => `Invalid indices: ${index} does not index into ${shape.join()}`,
      );
    });
  }
  const steps = Int32Array.from(sizes, (_, axis) => sizeOf(sizes.slice(axis + 1)));
  return sum(mul(given, fromTypedArray(steps, "int32", [steps.length], device)), -1);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function scatterRows(device: Backend, indices: Tensor, updates: Tensor, output: Tensor): void {
  dispatch(device, "scatterAdd", {
    indices: broadcastTo(indices, updates.shape),
    updates,
    axis: 0,
    output,
  });
}
