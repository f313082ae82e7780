import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";

/** Returns `[rows, n]`: what lies along an axis, side by side. */
export function asRows(tf: Tf, x: TfTensor, axis: number): TfTensor {
  const { outer, count, inner } = aroundOf(x.shape, axis);
  const apart = tf.transpose(tf.reshape(x, [outer, count, inner]), [0, 2, 1]);
  return tf.reshape(apart, [outer * inner, count]);
}

/** Returns rows of floats as they lay in a tensor of a shape. */
export function fromRows(tf: Tf, rows: TfTensor, shape: readonly number[], axis: number): TfTensor {
  const { outer, count, inner } = aroundOf(shape, axis);
  return tf.reshape(tf.transpose(tf.reshape(rows, [outer, inner, count]), [0, 2, 1]), [...shape]);
}

function aroundOf(
  shape: readonly number[],
  axis: number,
): { readonly outer: number; readonly count: number; readonly inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    count: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}
