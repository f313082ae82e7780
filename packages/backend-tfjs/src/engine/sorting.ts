import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { sizeOf, type SortCall } from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { where } from "./program-chain.ts";
import { asRows, fromRows } from "./rows.ts";
import { tensorOf } from "./views.ts";

/** Places are computed in floats, which hold whole numbers so far. */
const mostPlaces = 2 ** 24;

/** What is sorted, and where each came from. */
export interface Sorted {
  readonly values: TfTensor;
  readonly indices: TfTensor;
}

/**
 * Returns floats sorted along an axis; undefined for none, and for more than floats can count. Its largest ones come by falling value, the
 * first one first among equals, but it knows no NaN: these are sorted to the end by themselves.
 */
export function sort(tf: Tf, { input, axis, descending }: SortCall): Sorted | undefined {
  const { shape } = input;
  const size = sizeOf(shape);
  if (size === 0 || size > mostPlaces) return undefined;
  const rows = asRows(tf, tensorOf(tf, input), axis);
  const isNaN = tf.isNaN(rows);
  const keys = where(tf, isNaN, tf.scalar(-Infinity), descending ? rows : tf.neg(rows));
  const byValue = placesOf(tf, keys);
  const goesLast = tf.neg(tf.cast(pick(tf, tf.cast(isNaN, "float32"), byValue), "float32"));
  const order = placesOf(tf, goesLast);
  // Places go through floats: to gather integers, the engine would have to compile another kernel.
  const places = pick(tf, tf.cast(byValue, "float32"), order);
  const values = pick(tf, rows, tf.cast(places, "int32"));
  return {
    values: fromRows(tf, values, shape, axis),
    indices: tf.cast(fromRows(tf, places, shape, axis), "int32"),
  };
}

/** Where the elements of each row stand by falling value. */
function placesOf(tf: Tf, rows: TfTensor): TfTensor {
  return tf.topk(rows, rows.shape[1]!).indices;
}

function pick(tf: Tf, rows: TfTensor, places: TfTensor): TfTensor {
  return tf.gather(rows, places, 1, 1);
}
