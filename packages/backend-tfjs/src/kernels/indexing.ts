import type {
  GatherV2Attrs,
  OneHotAttrs,
  TopKAttrs,
  UnsortedSegmentSumAttrs,
} from "@tensorflow/tfjs-core";
import {
  astype,
  broadcastTo,
  expandDims,
  gather,
  reshape,
  slice,
  topk,
  type Tensor,
} from "@tensorloom/tensor";
import {
  dispatch,
  type Backend,
  Expr,
  Expression,
  expression,
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
      if (batchDims !== 0 || x.size === 0) return undefined;
      const along = tf.util.parseAxisParam(axis, [...x.shape])[0]!;
      const places = astype(indices, "int32");
      if (device.readSync !== undefined) checkPlaces(tf, places, x.shape[along]!);
      return gather(x, places, along);
    },
  ),
  OneHot: kernel<"indices", OneHotAttrs>(({ indices }, { dtype, depth, onValue, offValue }) =>
    mapExpression("OneHot", oneHot, [expandDims(indices, -1)], {
      parameters: [depth, onValue, offValue],
      dtype: dtype as DType,
      shape: [...indices.shape, depth],
    }),
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

function scatterRows(device: Backend, indices: Tensor, updates: Tensor, output: Tensor): void {
  dispatch(device, "scatterAdd", {
    indices: broadcastTo(indices, updates.shape),
    updates,
    axis: 0,
    output,
  });
}
