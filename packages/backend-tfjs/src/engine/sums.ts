import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";

/** Terms that are added in one go: a million equal ones then lose less than 1e-6. */
const block = 16;

/**
 * Returns sums over axes, which keep size 1. Its wasm engine adds floats one after another, so that a million equal values lose
 * digits: here blocks are added, and then the blocks' sums.
 */
export function sums(tf: Tf, x: TfTensor, axes: readonly number[]): TfTensor {
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const terms = sizeOf(axes.map((axis) => x.shape[axis]!));
  const rows = x.size / terms;
  // What is added lies innermost.
  let values = tf.reshape(tf.transpose(x, [...kept, ...axes]), [rows, terms]);
  for (let left = terms; left > block;) {
    const blocks = Math.ceil(left / block);
    const padded = tf.pad(values, [
      [0, 0],
      [0, blocks * block - left],
    ]);
    values = tf.sum(tf.reshape(padded, [rows, blocks, block]), 2);
    left = blocks;
  }
  return tf.reshape(tf.sum(values, 1), shape);
}
