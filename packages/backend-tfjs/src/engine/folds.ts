import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { ReduceOperator } from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { where } from "./program-chain.ts";

/** Returns a fold of floats over axes, which keep size 1; undefined for those that the engine has not. */
export function fold(
  tf: Tf,
  operator: ReduceOperator,
  x: TfTensor,
  axes: readonly number[],
): TfTensor | undefined {
  const all = [...axes];
  if (operator === "max") return tf.max(x, all, true);
  if (operator === "min") return tf.min(x, all, true);
  if (operator === "prod") return tf.prod(x, all, true);
  const isIndex = operator === "argmax" || operator === "argmin";
  return isIndex ? winner(tf, operator === "argmax" ? x : tf.neg(x), all[0]!) : undefined;
}

/** The place of the first largest, or of the first NaN: its own takes any of the largest, and no NaN. */
function winner(tf: Tf, x: TfTensor, axis: number): TfTensor {
  const largest = tf.max(x, [axis], true);
  const wins = where(tf, tf.isNaN(largest), tf.isNaN(x), tf.equal(x, largest));
  const count = x.shape[axis]!;
  const shape = x.shape.map((_, i) => (i === axis ? count : 1));
  const places = tf.reshape(tf.range(0, count, 1, "float32"), shape);
  const first = tf.min(where(tf, wins, places, tf.scalar(count)), [axis], true);
  return tf.cast(first, "int32");
}
