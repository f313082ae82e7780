import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { contiguousStrides, sizeOf, type GatherCall, type View } from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { tensorOf } from "./views.ts";

/** Places are computed in floats, which hold whole numbers so far. */
const mostPlaces = 2 ** 24;

/** Returns the elements of floats that indices pick along an axis; undefined for more of them than floats can count. */
export function gather(tf: Tf, { input, indices, axis, output }: GatherCall): TfTensor | undefined {
  const isLarge = [input, output].some(({ shape }) => sizeOf(shape) > mostPlaces);
  if (isLarge || sizeOf(output.shape) === 0) return undefined;
  const x = tensorOf(tf, input);
  const isWhole = indices.strides.every((step, i) => i === axis || step === 0 || indices.shape[i] === 1); // prettier-ignore
  if (isWhole) return tf.gather(x, along(tf, indices, axis), axis);
  const strides = contiguousStrides(input.shape);
  const chosen = tf.mul(tf.cast(tensorOf(tf, indices), "float32"), tf.scalar(strides[axis]!));
  const places = output.shape.reduce((sum, size, i) => {
    if (i === axis || size === 1) return sum;
    const shape = output.shape.map((_, other) => (other === i ? size : 1));
    const steps = tf.mul(tf.range(0, size, 1, "float32"), tf.scalar(strides[i]!));
    return tf.add(sum, tf.reshape(steps, shape));
  }, chosen as TfTensor);
  const flat = tf.reshape(tf.cast(places, "int32"), [sizeOf(output.shape)]);
  return tf.gather(tf.reshape(x, [x.size]), flat);
}

/** The indices of whole slices, one each. */
function along(tf: Tf, { storage, dtype, offset, shape, strides }: View, axis: number): TfTensor {
  const list = { storage, dtype, offset, shape: [shape[axis]!], strides: [strides[axis]!] };
  return tensorOf(tf, list);
}
