import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { useTfjs } from "./tfjs.ts";

/** What the network begins with: filters `[height, width, in, out]`, and one matrix `[in, out]`, as values with shapes. */
export interface TfjsWeights {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/**
 * Returns a training step of the bench's small convolutional network in TensorFlow.js, on WASM by default. It lacks there the gradient of
 * a convolution's filter and of pooling: the one is written here as another convolution, the other as a maximum over an
 * axis, which is what its users have to do. Its current backend, if that is asked for, uses its own gradients.
 */
export async function tfjsCnnStep(
  start: readonly TfjsWeights[],
  x: TfjsWeights,
  onehot: TfjsWeights,
  backend: "wasm" | "current" = "wasm",
): Promise<() => Promise<number>> {
  const lacksGradients = backend === "wasm";
  if (lacksGradients) await useTfjs("wasm");
  const variables = start.map(({ values, shape }) =>
    tf.variable(tf.tensor(values, shape as number[])),
  );
  const [w1, b1, w2, b2, w3, b3] = variables as unknown as tf.Tensor[];
  const images = tf.tensor<tf.Rank.R4>(x.values, x.shape as [number, number, number, number]);
  const targets = tf.tensor<tf.Rank.R2>(onehot.values, onehot.shape as [number, number]);
  const first = lacksGradients ? convolution(images, false) : plainConvolution(images);
  const second = lacksGradients ? (h: tf.Tensor4D) => convolution(h, true) : plainConvolution;
  const pooled = lacksGradients ? pool : (h: tf.Tensor4D) => tf.maxPool(h, 2, 2, "valid");
  const loss = (): tf.Scalar => {
    let h = pooled(tf.relu(tf.add(first(w1 as tf.Tensor4D), b1!)) as tf.Tensor4D);
    h = pooled(tf.relu(tf.add(second(h)(w2 as tf.Tensor4D), b2!)) as tf.Tensor4D);
    const logits = tf.add(tf.matMul(tf.reshape(h, [h.shape[0], -1]), w3 as tf.Tensor2D), b3!);
    const logs = tf.logSoftmax(logits as tf.Tensor2D);
    return tf.neg(tf.mean(tf.sum(tf.mul(logs, targets), -1)));
  };
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  return async () => {
    const value = optimizer.minimize(loss, true)!;
    const [number] = await value.data();
    value.dispose();
    return number!;
  };
}

function plainConvolution(x: tf.Tensor4D): (filter: tf.Tensor4D) => tf.Tensor4D {
  return (filter) => tf.conv2d(x, filter, 1, "valid");
}

/** A convolution of given images whose filter can be learnt; the images' gradient is wanted where they were computed. */
function convolution(x: tf.Tensor4D, isComputed: boolean): (filter: tf.Tensor4D) => tf.Tensor4D {
  const run = tf.customGrad((...given) => {
    const [images, weights, save] = given as unknown as [
      tf.Tensor4D,
      tf.Tensor4D,
      (kept: tf.Tensor[]) => void,
    ];
    save([images, weights]);
    return {
      value: tf.conv2d(images, weights, 1, "valid"),
      gradFunc: (gradient: tf.Tensor, kept: tf.Tensor[]) => {
        const [input, filter] = kept as [tf.Tensor4D, tf.Tensor4D];
        const toInput = isComputed
          ? tf.conv2dTranspose(gradient as tf.Tensor4D, filter, input.shape, 1, "valid")
          : tf.broadcastTo(tf.zeros([1, 1, 1, 1]), input.shape);
        return [toInput, filterGradient(input, gradient as tf.Tensor4D)];
      },
    };
  });
  return (filter) => run(x, filter) as tf.Tensor4D;
}

/** The images' channels become a batch, and the batch becomes channels: what is left is a convolution. */
function filterGradient(x: tf.Tensor4D, gradient: tf.Tensor4D): tf.Tensor4D {
  const channelsFirst = tf.transpose(x, [3, 1, 2, 0]);
  const batchInner = tf.transpose(gradient, [1, 2, 0, 3]);
  return tf.transpose(tf.conv2d(channelsFirst, batchInner, 1, "valid"), [1, 2, 0, 3]);
}

function pool(h: tf.Tensor4D): tf.Tensor4D {
  const [n, height, width, c] = h.shape;
  const [rows, columns] = [Math.floor(height / 2), Math.floor(width / 2)];
  const cut = tf.slice(h, [0, 0, 0, 0], [n, 2 * rows, 2 * columns, c]);
  return tf.max(tf.reshape(cut, [n, rows, 2, columns, 2, c]), [2, 4]);
}
