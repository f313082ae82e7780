import type {
  BincountAttrs,
  DenseBincountAttrs,
  ScatterNdAttrs,
  SparseToDenseAttrs,
  UnsortedSegmentSumAttrs,
} from "@tensorflow/tfjs-core";
import { argsort, broadcastTo, gather, pad, reshape, slice, type Tensor } from "@tensorloom/tensor";
import {
  dispatch,
  expression,
  fromTypedArray,
  mapExpression,
  sizeOf,
  type Backend,
} from "@tensorloom/tensor/backend";
import { filled } from "./creation.ts";
import { kernel, type KernelTable, type Surroundings } from "./kernel.ts";
import { addRows, asColumn, flatPlaces } from "./places.ts";

const inSegment = expression(
  (id, count) => id.less(0).or(id.greaterEqual(count)).where(count, id),
  1,
);
const isCounted = expression((count) => count.greater(0));
/** Of a run of equal places, one more than where the last one stood; 0 for the others. */
const lastOfRun = expression((place, next, at) => place.equal(next).where(0, at.add(1)));
const atLeastZero = expression((x) => x.sub(1).maximum(0));
const unlessNone = expression((last, update, before) => last.greater(0).where(update, before));

/** Kernels that put elements, or add them, where indices say. */
export const scatters: KernelTable = {
  ScatterNd: kernel<"indices" | "updates", ScatterNdAttrs>(
    ({ indices, updates }, { shape }, surroundings) => {
      if (sizeOf(shape) === 0 || indices.size === 0 || updates.size === 0) return undefined;
      const { places, rows, rest } = targetsOf(indices, shape, surroundings);
      const { device } = surroundings;
      const output = filled(device, [rows, ...rest], 0, updates.dtype);
      addRows(device, places, reshape(updates, [places.size, ...rest]), output);
      return reshape(output, shape);
    },
  ),
  SparseToDense: kernel<"sparseIndices" | "sparseValues" | "defaultValue", SparseToDenseAttrs>(
    ({ sparseIndices, sparseValues, defaultValue }, { outputShape }, surroundings) =>
      overwritten(defaultValue, outputShape, sparseIndices, sparseValues, surroundings),
  ),
  TensorScatterUpdate: kernel<"tensor" | "indices" | "updates">(
    ({ tensor, indices, updates }, _, surroundings) =>
      overwritten(tensor, tensor.shape, indices, updates, surroundings),
  ),
  UnsortedSegmentSum: kernel<"x" | "segmentIds", UnsortedSegmentSumAttrs>(
    ({ x, segmentIds }, { numSegments }, { device }) => {
      // What belongs to no segment goes to one that is cut off.
      const output = filled(device, [numSegments + 1, ...x.shape.slice(1)], 0, x.dtype);
      if (x.size > 0) addRows(device, segmentsOf(segmentIds, numSegments), x, output);
      return slice(output, [0], [numSegments]);
    },
  ),
  Bincount: kernel<"x" | "weights", BincountAttrs>(({ x, weights }, { size }, surroundings) =>
    counts(reshape(x, [x.size]), reshape(weights, [weights.size]), size, surroundings),
  ),
  DenseBincount: kernel<"x" | "weights", DenseBincountAttrs>(
    ({ x, weights }, { size, binaryOutput }, surroundings) => {
      if (binaryOutput !== true) return counts(x, weights, size, surroundings);
      const { device } = surroundings;
      const found = counts(x, filled(device, [0], 0, weights.dtype), size, surroundings);
      return mapExpression("DenseBincount", isCounted, [found], { dtype: weights.dtype });
    },
  ),
};

/** Returns the ids of segments; those of no segment are made to be of one more. */
function segmentsOf(ids: Tensor, count: number): Tensor {
  return mapExpression("segments", inSegment, [ids], { parameters: [count], dtype: "int32" });
}

/** Adds weights, or ones where there are none, by the numbers in each row of `x`. */
function counts(x: Tensor, weights: Tensor, size: number, { device, tf }: Surroundings): Tensor {
  const output = filled(device, [...x.shape.slice(0, -1), size + 1], 0, weights.dtype);
  const updates = weights.size > 0 ? weights : filled(device, x.shape, 1, weights.dtype);
  if (x.size > 0) {
    if (device.readSync !== undefined) {
      const isNegative = x.dataSync().some((value) => value < 0);
      tf.util.assert(!isNegative, () => "Input x must be non-negative!");
    }
    dispatch(device, "scatterAdd", {
      indices: segmentsOf(x, size),
      updates,
      axis: x.rank - 1,
      output,
    });
  }
  const ends = [...x.shape.slice(0, -1), size];
  return slice(output, ends.map(() => 0), ends); // prettier-ignore
}

/** Which rows of a shape indices name. */
interface Targets {
  readonly places: Tensor;
  /** How many rows there are. */
  readonly rows: number;
  /** The shape of a row. */
  readonly rest: readonly number[];
}

function targetsOf(indices: Tensor, shape: readonly number[], { device }: Surroundings): Targets {
  // Indices of one axis name places of one.
  const depth = indices.rank > 1 ? indices.shape.at(-1)! : 1;
  const sizes = shape.slice(0, depth);
  const tuples = reshape(indices, [indices.size / depth, depth]);
  const places = flatPlaces(device, tuples, sizes, shape);
  return { places, rows: sizeOf(sizes), rest: shape.slice(depth) };
}

/** Returns `base`, which broadcasts to `shape`, with updates in place of what indices name; of several for one place, the last. */
function overwritten(
  base: Tensor,
  shape: readonly number[],
  indices: Tensor,
  updates: Tensor,
  surroundings: Surroundings,
): Tensor | undefined {
  if (sizeOf(shape) === 0 || indices.size === 0 || updates.size === 0) return undefined;
  const { places, rows, rest } = targetsOf(indices, shape, surroundings);
  const values = broadcastTo(
    updates.rank === 0 ? updates : reshape(updates, [places.size, ...rest]),
    [places.size, ...rest],
  );
  const { device } = surroundings;
  const last =
    device.readSync === undefined
      ? lastUpdates(places, rows, device)
      : lastOnHost(places, rows, device);
  const chosen = gather(values, mapExpression("place", atLeastZero, [last], { dtype: "int32" }));
  const before = reshape(broadcastTo(base, shape), [rows, ...rest]);
  const result = mapExpression(
    "overwritten",
    unlessNone,
    [asColumn(last, 1 + rest.length), chosen, before],
    { dtype: updates.dtype },
  );
  return reshape(result, shape);
}

/** The same as {@link lastUpdates}, where elements are at hand. */
function lastOnHost(places: Tensor, rows: number, device: Backend): Tensor {
  const last = new Int32Array(rows);
  places.dataSync().forEach((place, i) => {
    last[place] = i + 1;
  });
  return fromTypedArray(last, "int32", [rows], device);
}

/** Returns for each row one more than the number of the last update that goes there; 0 for none. */
function lastUpdates(places: Tensor, rows: number, device: Backend): Tensor {
  // A stable sort leaves updates of one place in their order.
  const order = argsort(places);
  const sorted = gather(places, order);
  const next = pad(slice(sorted, [1]), [[0, 1]], -1);
  const winners = mapExpression("last", lastOfRun, [sorted, next, order], { dtype: "int32" });
  const output = filled(device, [rows], 0, "int32");
  addRows(device, sorted, winners, output);
  return output;
}
