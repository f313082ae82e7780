import * as tf from "@tensorflow/tfjs-core";
import { checkEqual } from "./check.ts";
import { compare, type Contender, type Row, type Settings } from "./measure.ts";

/** What a program of TensorFlow.js calls, and which of its engines has it. */
interface Call {
  readonly run: () => tf.Tensor;
  /** Its cpu engine has all. */
  readonly isInWasm: boolean;
}

/** Kernels of detection, of images and of signals, which programs call between the layers of a network. */
export async function dropInKernels(ours: string, settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, callOn] of Object.entries(calls)) {
    if (!settings.only.test(name)) continue;
    tf.engine().startScope();
    const engines = [ours, "cpu", "wasm"];
    const prepared = engines.map((engine) => {
      void tf.setBackend(engine);
      return callOn();
    });
    const used = engines.flatMap((engine, i) =>
      engine === "wasm" && !prepared[i]!.isInWasm ? [] : [{ engine, run: prepared[i]!.run }],
    );
    const values = ({ engine, run }: (typeof used)[number]): ArrayLike<number> => {
      void tf.setBackend(engine);
      const result = run();
      const list = result.dataSync();
      result.dispose();
      return list;
    };
    // Its wasm engine, whose places are float32, takes other pixels here and there.
    checkEqual(name, values(used[0]!), values(used[1]!), 100);
    const contenders = used.map((one): Contender => ({
      name: one.engine === ours ? "tensorloom-wasm" : `tfjs ${one.engine}`,
      run: () => void values(one),
    }));
    rows.push(
      ...(await compare("tfjs-drop-in", name, settings, contenders[0]!, contenders.slice(1))),
    );
    tf.engine().endScope();
  }
  return rows;
}

/** Each makes its operands on the engine that is current. */
const calls: Readonly<Record<string, () => Call>> = {
  "nonMaxSuppression: 5,000 boxes, 500 kept": () => {
    const [corners, scores] = [boxes(5000), uniform([5000], 3) as tf.Tensor1D];
    const run = (): tf.Tensor => tf.image.nonMaxSuppression(corners, scores, 500, 0.5);
    return { run, isInWasm: true };
  },
  "cropAndResize: 16 of 192² out of 480x640": () => {
    const [image, corners] = [uniform([1, 480, 640, 3], 1) as tf.Tensor4D, boxes(16)];
    const places = tf.zeros([16], "int32") as tf.Tensor1D;
    const run = (): tf.Tensor => tf.image.cropAndResize(image, corners, places, [192, 192]);
    return { run, isInWasm: true };
  },
  "transform: 480x640, bilinear": () => {
    const image = uniform([1, 480, 640, 3], 1) as tf.Tensor4D;
    const map = tf.tensor2d([[0.9, 0.1, 3, -0.1, 0.9, 5, 0, 0]]);
    return { run: () => tf.image.transform(image, map, "bilinear"), isInWasm: true };
  },
  "rotateWithOffset: 480x640": () => {
    const image = uniform([1, 480, 640, 3], 1) as tf.Tensor4D;
    return { run: () => tf.image.rotateWithOffset(image, 0.4), isInWasm: true };
  },
  "localResponseNormalization: 55x55x96": () => {
    const x = uniform([1, 55, 55, 96], 1) as tf.Tensor4D;
    return { run: () => tf.localResponseNormalization(x), isInWasm: true };
  },
  "conv2d, channels first: 3x3 of 32x56x56": () => {
    const [x, filter] = [uniform([1, 32, 56, 56], 1), uniform([3, 3, 32, 32], 2)];
    const run = (): tf.Tensor =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same", "NCHW");
    return { run, isInWasm: false };
  },
  "fft: 64 of 512": () => {
    const [real, imaginary] = [uniform([64, 512], 1), uniform([64, 512], 2)];
    const run = (): tf.Tensor => tf.tidy(() => tf.real(tf.fft(tf.complex(real, imaginary))));
    return { run, isInWasm: false };
  },
};

/** Numbers in [0, 1) without a pattern, the same everywhere. */
function uniform(shape: number[], seed: number): tf.Tensor {
  let state = seed;
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
  return tf.tensor(values, shape);
}

/** Boxes of a tenth of a picture, anywhere. */
function boxes(count: number): tf.Tensor2D {
  const corner = uniform([count, 2], 1);
  return tf.concat([corner, tf.add(corner, 0.1)], 1) as tf.Tensor2D;
}
