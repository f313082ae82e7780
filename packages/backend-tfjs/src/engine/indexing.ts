import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import {
  contiguousStrides,
  sizeOf,
  type GatherCall,
  type ScatterAddCall,
  type View,
} from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { tensorOf } from "./views.ts";

/** Places are computed in floats, which hold whole numbers so far. */
const mostPlaces = 2 ** 24;

/** Returns the elements of floats that indices pick along an axis; undefined for more of them than floats can count. */
export function gather(tf: Tf, { input, indices, axis, output }: GatherCall): TfTensor | undefined {
  if (!isCountable(input, output)) return undefined;
  const x = tensorOf(tf, input);
  if (namesSlices(indices, axis)) return tf.gather(x, along(tf, indices, axis), axis);
  return tf.gather(tf.reshape(x, [x.size]), places(tf, indices, axis, input.shape));
}

/**
 * Returns what is added to plus the updates of floats, each where its index says along an axis; undefined for more than floats can
 * count. Updates of one place are added in any order.
 */
export function scatterAdd(
  tf: Tf,
  { indices, updates, axis, output }: ScatterAddCall,
): TfTensor | undefined {
  if (!isCountable(updates, output)) return undefined;
  const size = sizeOf(output.shape);
  const where = tf.reshape(places(tf, indices, axis, output.shape), [-1, 1]);
  const sums = tf.scatterND(where, tf.reshape(tensorOf(tf, updates), [-1]), [size]);
  return tf.add(tensorOf(tf, output), tf.reshape(sums, [...output.shape]));
}

function isCountable(...views: readonly View[]): boolean {
  return views.every(({ shape }) => sizeOf(shape) > 0 && sizeOf(shape) <= mostPlaces);
}

/** Whether whole slices are named, by one index each. */
function namesSlices({ shape, strides }: View, axis: number): boolean {
  return strides.every((step, i) => i === axis || step === 0 || shape[i] === 1);
}

/** Where, in row-major order, the elements lie that indices name along an axis of a shape; flat. */
function places(tf: Tf, indices: View, axis: number, shape: readonly number[]): TfTensor {
  const strides = contiguousStrides(shape);
  const chosen = tf.mul(tf.cast(tensorOf(tf, indices), "float32"), tf.scalar(strides[axis]!));
  const whole = indices.shape.reduce((sum, size, i) => {
    if (i === axis || size === 1) return sum;
    const alongAxis = indices.shape.map((_, other) => (other === i ? size : 1));
    const steps = tf.mul(tf.range(0, size, 1, "float32"), tf.scalar(strides[i]!));
    return tf.add(sum, tf.reshape(steps, alongAxis));
  }, chosen as TfTensor);
  return tf.reshape(tf.cast(whole, "int32"), [-1]);
}

/** The indices of whole slices, one each. */
function along(tf: Tf, { storage, dtype, offset, shape, strides }: View, axis: number): TfTensor {
  const list = { storage, dtype, offset, shape: [shape[axis]!], strides: [strides[axis]!] };
  return tensorOf(tf, list);
}
