import type { GatherV2Attrs, OneHotAttrs, TopKAttrs, TensorInfo } from "@tensorflow/tfjs-core";
import {
  astype,
  broadcastTo,
  expandDims,
  gather,
  reshape,
  takeAlongAxis,
  topk,
  type Tensor,
} from "@tensorloom/tensor";
import {
  ArgumentError,
  Expr,
  Expression,
  expression,
  mapExpression,
  sizeOf,
  type DType,
} from "@tensorloom/tensor/backend";
import { kernel, type KernelTable } from "./kernel.ts";
import { flatPlaces } from "./places.ts";

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

/** Kernels that choose elements by their places. */
export const indexing: KernelTable = {
  GatherV2: kernel<"x" | "indices", GatherV2Attrs>(
    ({ x, indices }, { axis, batchDims }, { tf, device }) => {
      const [along] = tf.util.parseAxisParam(axis, [...x.shape]) as [number];
      const infos = [x, indices].map(({ shape, dtype }) => ({ shape: [...shape], dtype }));
      // It looks at batch axes, and says in TensorFlow.js' words what does not fit.
      tf.backend_util.segment_util.collectGatherOpShapeInfo(
        infos[0] as TensorInfo,
        infos[1] as TensorInfo,
        along,
        batchDims,
      );
      if (x.size === 0) return undefined;
      const places = astype(indices, "int32");
      if (device.readSync !== undefined) checkPlaces(places, x.shape[along]!);
      return batchDims === 0
        ? gather(x, places, along)
        : gatherInBatches(x, places, along, batchDims);
    },
  ),
  GatherNd: kernel<"params" | "indices">(({ params, indices }, _, { tf, device }) => {
    tf.gather_util.prepareAndValidate(params as never, indices as never);
    if (indices.size === 0) return undefined;
    const depth = indices.shape.at(-1)!;
    const [sizes, rest] = [params.shape.slice(0, depth), params.shape.slice(depth)];
    const places = flatPlaces(device, indices, sizes, params.shape);
    return gather(reshape(params, [params.size / sizeOf(rest), ...rest]), places);
  }),
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
};

/** Negative ones, which count from the end with us, are none with TensorFlow.js. */
function checkPlaces(places: Tensor, size: number): void {
  const wrong = places.dataSync().find((index) => !(index >= 0 && index < size));
  if (wrong === undefined) return;
  throw new ArgumentError(`GatherV2: the index value ${wrong} is not in [0, ${size - 1}]`);
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
