import * as tf from "@tensorflow/tfjs-core";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { memory, type Backend } from "@tensorloom/tensor";
import { deriveBackend, observeKernels } from "@tensorloom/tensor/backend";
import { beforeAll, describe, expect, test } from "vitest";
import { registerKernels } from "../src/index.ts";
import { register } from "../src/kernels/index.ts";

// TensorFlow.js' own specs are run by `npm run test:tfjs-suite`; here stands what they do not ask.

const convolution = { strides: 1, pad: "same", dataFormat: "NHWC", dilations: 1 };

/** Runs a kernel of TensorFlow.js by its name. */
function run(name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;
}

/** Values without a pattern, the same everywhere. */
function values(shape: number[], seed: number): tf.Tensor {
  const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    Math.sin(1 + i * 12.9898 + seed * 78.233),
  );
  return tf.tensor(data, shape);
}

beforeAll(async () => {
  await register(tf, { backend: wasm({ threads: 1 }) });
  await registerKernels(tf, "cpu");
  await import("@tensorflow/tfjs-backend-cpu");
});

describe.each(["wasm", "cpu"])("tensorloom-%s", (backend) => {
  const name = `tensorloom-${backend}`;

  test("has every kernel of TensorFlow.js' cpu backend", () => {
    const kernels = (of: string): string[] => tf.getKernelsForBackend(of).map((k) => k.kernelName);
    expect(kernels("cpu").filter((one) => !kernels(name).includes(one))).toEqual([]);
  });

  test.each([
    [
      "Conv2DBackpropFilter",
      { x: [2, 7, 6, 3], dy: [2, 7, 6, 4] },
      { ...convolution, filterShape: [3, 3, 3, 4] },
    ],
    [
      "Conv2DBackpropInput",
      { dy: [2, 7, 6, 4], filter: [3, 3, 3, 4] },
      { ...convolution, inputShape: [2, 7, 6, 3] },
    ],
    [
      "DepthwiseConv2dNativeBackpropFilter",
      { x: [2, 5, 6, 3], dy: [2, 5, 6, 6] },
      { ...convolution, filterShape: [3, 3, 3, 2] },
    ],
    [
      "DepthwiseConv2dNativeBackpropInput",
      { dy: [2, 5, 6, 6], filter: [3, 3, 3, 2] },
      { ...convolution, inputShape: [2, 5, 6, 3] },
    ],
    [
      "MaxPoolGrad",
      { dy: [1, 3, 3, 2], input: [1, 6, 6, 2], output: [1, 3, 3, 2] },
      { filterSize: 2, strides: 2, pad: "valid" },
    ],
    [
      "FusedConv2D",
      { x: [1, 6, 6, 3], filter: [3, 3, 3, 4], bias: [4], preluActivationWeights: [4] },
      { ...convolution, activation: "prelu" },
    ],
    [
      "_FusedMatMul",
      { a: [2, 3, 4], b: [1, 5, 4], bias: [5] },
      { transposeA: false, transposeB: true, activation: "leakyrelu", leakyreluAlpha: 0.1 },
    ],
    [
      "FusedBatchNorm",
      { x: [2, 3, 3, 4], mean: [4], variance: [4], offset: [4], scale: [4] },
      { varianceEpsilon: 2 },
    ],
    [
      "StridedSlice",
      { x: [5, 6] },
      {
        begin: [4, 5],
        end: [-10, -8],
        strides: [-2, -1],
        beginMask: 0,
        endMask: 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: 0,
      },
    ],
    [
      "MirrorPad",
      { x: [3, 4] },
      {
        paddings: [
          [2, 1],
          [0, 3],
        ],
        mode: "reflect",
      },
    ],
    [
      "SpaceToBatchND",
      { x: [1, 4, 5, 2] },
      {
        blockShape: [2, 3],
        paddings: [
          [0, 0],
          [0, 1],
        ],
      },
    ],
    [
      "ResizeBilinearGrad",
      { images: [1, 5, 5, 2], dy: [1, 7, 6, 2] },
      { alignCorners: true, halfPixelCenters: false, size: [7, 6] },
    ],
    ["Atanh", { x: [9] }, {}],
    ["Asinh", { x: [9] }, {}],
  ])("%s gives what TensorFlow.js' cpu backend gives", (kernel, shapes, attributes) => {
    const results = [name, "cpu"].map((one) => {
      void tf.setBackend(one);
      return tf.tidy(() => {
        const inputs = Object.entries(shapes).map(([key, shape], i) => [key, values(shape, i)]);
        const result = run(kernel, Object.fromEntries(inputs) as tf.NamedTensorMap, attributes);
        return { shape: result.shape, data: result.dataSync() };
      });
    });
    expect(results[0]!.shape).toEqual(results[1]!.shape);
    // Sums of at most 84 products below 1, in another order: 84 roundings of 2^-24 each.
    for (const [i, value] of results[0]!.data.entries()) {
      expect(Math.abs(value - results[1]!.data[i]!)).toBeLessThan(84 * 84 * 2 ** -24);
    }
  });
});

describe("channels first", () => {
  beforeAll(async () => {
    await tf.setBackend("tensorloom-wasm");
  });

  // TensorFlow.js' cpu kernel of depthwise convolutions takes the order for the other one.
  test.each(["Conv2D", "DepthwiseConv2dNative", "FusedConv2D"])(
    "%s gives what it gives with channels last",
    (name) => {
      tf.tidy(() => {
        const x = values([2, 6, 5, 3], 0);
        const filter = values(name === "DepthwiseConv2dNative" ? [3, 3, 3, 2] : [3, 3, 3, 6], 1);
        const weights = values([4, 1, 6], 2);
        const attributes = {
          ...convolution,
          strides: [1, 2],
          pad: [
            [0, 0],
            [0, 0],
            [1, 2],
            [0, 0],
          ],
          activation: "prelu",
        };
        const last = run(name, { x, filter, preluActivationWeights: weights }, attributes);
        const first = run(
          name,
          {
            x: tf.transpose(x, [0, 3, 1, 2]),
            filter,
            preluActivationWeights: tf.transpose(weights, [2, 0, 1]),
          },
          {
            ...attributes,
            dataFormat: "NCHW",
            pad: [
              [0, 0],
              [0, 0],
              [0, 0],
              [1, 2],
            ],
          },
        );
        expect(tf.transpose(first, [0, 2, 3, 1]).dataSync()).toEqual(last.dataSync());
      });
    },
  );
});

describe("on wasm", () => {
  beforeAll(async () => {
    await tf.setBackend("tensorloom-wasm");
  });

  test.each([
    ["conv", "FusedConv2D", { x: [1, 6, 6, 3], filter: [3, 3, 3, 4], bias: [4] }],
    ["conv", "FusedDepthwiseConv2D", { x: [1, 6, 6, 3], filter: [3, 3, 3, 2], bias: [6] }],
    ["gemm", "_FusedMatMul", { a: [3, 4], b: [4, 5], bias: [5] }],
  ])("one %s is all that %s takes", (family, kernel, shapes) => {
    const inputs = Object.fromEntries(
      Object.entries(shapes).map(([key, shape]) => [key, values(shape, 0)]),
    );
    const seen: string[] = [];
    const before = observeKernels({
      observe(one, _call, _backend, work) {
        seen.push(one);
        work();
      },
    });
    run(kernel, inputs, {
      ...convolution,
      transposeA: false,
      transposeB: false,
      activation: "relu",
    });
    observeKernels(before);
    expect(seen).toEqual([family]);
    for (const input of Object.values(inputs)) input.dispose();
  });

  test("handles share memory, and the last one gives it back", () => {
    const [ids, { tensors, bytes }] = [tf.engine().backend.numDataIds(), memory()];
    const x = values([4, 6], 1);
    const seen = tf.reshape(x, [2, 12]);
    const part = tf.slice(x, [1, 0], [2, 6]);
    expect(seen.dataId).toBe(x.dataId);
    expect(tf.engine().backend.refCount(x.dataId)).toBe(2);
    // A slice is a view of ours, but a value of its own to TensorFlow.js.
    expect(memory().bytes - bytes).toBe(96);
    x.dispose();
    seen.dispose();
    const whole = tf.tidy(() => values([4, 6], 1).dataSync());
    expect(part.dataSync()).toEqual(whole.slice(6, 18));
    part.dispose();
    expect(tf.engine().backend.numDataIds()).toBe(ids);
    expect(memory().tensors).toBe(tensors);
  });

  test("strings and complex numbers run, and leave nothing", () => {
    const ids = tf.engine().backend.numDataIds();
    tf.tidy(() => {
      const z = tf.complex([3, 1], [4, 0]);
      expect(Array.from(tf.abs(z).dataSync())).toEqual([5, 1]);
      expect(Array.from(tf.mul(z, z).dataSync())).toEqual([-7, 24, 1, 0]);
      expect(Array.from(tf.real(tf.ifft(tf.fft(z))).dataSync())).toEqual([3, 1]);
      const words = tf.concat([tf.tensor1d(["a", "b"]), tf.tensor1d(["c"])]);
      expect(tf.reshape(words, [3, 1]).dataSync()).toEqual(["a", "b", "c"]);
    });
    expect(tf.engine().backend.numDataIds()).toBe(ids);
  });

  test.each([1, 2, 3, 8, 12, 17, 64, 100])("Fourier transforms of %d numbers", (length) => {
    const [real, imag] = [values([3, length], 1), values([3, length], 2)];
    tf.tidy(() => {
      const transformed = tf.fft(tf.complex(real, imag));
      const [x, y] = [real.dataSync(), imag.dataSync()];
      const [re, im] = [tf.real(transformed).dataSync(), tf.imag(transformed).dataSync()];
      for (let k = 0; k < 3 * length; k++) {
        const row = Math.floor(k / length) * length;
        let [sum, other] = [0, 0];
        for (let i = 0; i < length; i++) {
          const angle = (-2 * Math.PI * ((i * (k - row)) % length)) / length;
          sum += x[row + i]! * Math.cos(angle) - y[row + i]! * Math.sin(angle);
          other += x[row + i]! * Math.sin(angle) + y[row + i]! * Math.cos(angle);
        }
        // In float64 but for the last rounding, of numbers below 2 · length.
        expect(Math.abs(re[k]! - sum)).toBeLessThan(2 * length * 2 ** -24);
        expect(Math.abs(im[k]! - other)).toBeLessThan(2 * length * 2 ** -24);
      }
      const back = tf.real(tf.ifft(transformed)).dataSync();
      back.forEach((value, i) => expect(Math.abs(value - x[i]!)).toBeLessThan(length * 2 ** -22));
    });
    tf.dispose([real, imag]);
  });

  test("tensors go from backend to backend and back", async () => {
    const { numTensors } = tf.memory();
    const x = tf.tensor1d([1, 2, 3]);
    const z = tf.complex([1, 2], [3, 4]);
    for (let i = 0; i < 50; i++) {
      await tf.setBackend(i % 2 === 0 ? "tensorloom-cpu" : "tensorloom-wasm");
      tf.tidy(() => {
        expect(Array.from(tf.add(x, 1).dataSync())).toEqual([2, 3, 4]);
        expect(Array.from(tf.imag(z).dataSync())).toEqual([3, 4]);
      });
    }
    x.dispose();
    z.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe("on a device, which cannot be read at once", () => {
  const host = cpu();
  const device = { ...deriveBackend(host, { name: "device" }) };
  delete (device as { readSync?: unknown }).readSync;

  beforeAll(async () => {
    await tf.setBackend(await register(tf, { backend: device }));
  });

  test("our kernels run, and are read in time", async () => {
    const product = tf.matMul([[1, 2]], [[3], [4]]);
    expect(Array.from(await product.data())).toEqual([11]);
    expect(() => product.dataSync()).toThrow("expected a tensor on a host backend");
  });

  test("others run while the elements are on the host, and else are refused by name", async () => {
    const x = tf.tensor1d([3, 1, 3]);
    const { values: seen } = tf.unique(x);
    expect(Array.from(await seen.data())).toEqual([3, 1]);
    expect(() => tf.unique(tf.add(x, 1))).toThrow(/^Unique: expected a kernel that device has/);
  });
});

test("a name stands for one backend", async () => {
  const [first, second] = [wasm({ threads: 1 }), wasm({ threads: 1 })];
  const renamed = (backend: Backend): Backend => deriveBackend(backend, { name: "twice" });
  const [one, other] = [renamed(first), renamed(second)];
  const name = await register(tf, { backend: one });
  expect(await register(tf, { backend: one })).toBe(name);
  expect(await register(tf, { backend: "cpu" })).toBe("tensorloom-cpu");
  await expect(register(tf, { backend: other })).rejects.toThrow(
    'register: backend: expected one whose name is free, got another than the tensorloom-twice that is registered; try `tf.removeBackend("tensorloom-twice")` before',
  );
  await tf.setBackend("tensorloom-wasm");
  tf.removeBackend(name);
  await tf.setBackend(await register(tf, { backend: other }));
  expect(tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]).toBe(11);
});

test("names that none of our backends has are refused", async () => {
  await expect(register(tf, { backend: "gpu" as never })).rejects.toThrow(
    "register: backend: expected wasm, webgpu, cpu or a backend object, got gpu",
  );
});
