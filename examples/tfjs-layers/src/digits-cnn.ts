// A script of TensorFlow.js as its users write it: nothing of ours is in it.
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";

/** Images of 8 by 8 pixels, and the digit on each. */
export interface Digits {
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

/** How long it took, in milliseconds, and what came of it. */
export interface Outcome {
  readonly training: number;
  readonly prediction: number;
  readonly accuracy: number;
}

/** Trains a small convolutional network, then reads all digits with it. */
export async function trainAndPredict(digits: Digits, epochs: number): Promise<Outcome> {
  const model = network();
  const count = digits.labels.length;
  const x = tf.tensor4d(digits.pixels, [count, 8, 8, 1]);
  const labels = tf.tensor1d(digits.labels, "int32");
  const y = tf.tidy(() => tf.cast(tf.oneHot(labels, 10), "float32"));

  let start = performance.now();
  await model.fit(x, y, { epochs, batchSize: 50, shuffle: false, verbose: 0 });
  const training = performance.now() - start;

  const predict = (): tf.Tensor =>
    tf.tidy(() => tf.argMax(model.predict(x, { batchSize: 256 }) as tf.Tensor, -1));
  predict().dispose();
  start = performance.now();
  const predicted = predict();
  const answers = await predicted.data();
  const prediction = performance.now() - start;

  const right = digits.labels.filter((label, i) => label === answers[i]).length;
  model.dispose();
  tf.dispose([x, y, labels, predicted]);
  return { training, prediction, accuracy: right / count };
}

function network(): tfl.LayersModel {
  const { glorotUniform } = tfl.initializers;
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 8,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
        kernelInitializer: glorotUniform({ seed: 1 }),
      }),
      tfl.layers.conv2d({
        filters: 16,
        kernelSize: 3,
        activation: "relu",
        kernelInitializer: glorotUniform({ seed: 2 }),
      }),
      tfl.layers.maxPooling2d({ poolSize: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dense({
        units: 10,
        activation: "softmax",
        kernelInitializer: glorotUniform({ seed: 3 }),
      }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.003), loss: "categoricalCrossentropy" });
  return model;
}
