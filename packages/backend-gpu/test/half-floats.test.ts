import { cpu, wasm } from "@tensorloom/backend-cpu";
import * as nn from "@tensorloom/nn";
import * as tl from "@tensorloom/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { webgpu, type WebGpuBackend } from "../src/index.ts";
import { lacksWebGpu, named } from "./with-webgpu.ts";

describe.skipIf(lacksWebGpu)(named("float16 on webgpu"), () => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    await tl.use(cpu());
    await tl.use(wasm());
    backend = webgpu();
    await tl.use(backend);
  });
  afterAll(() => backend.dispose());

  test("two bytes an element, in the buffer too", async () => {
    const x = tl.tensor([1, -2, 0.1], { dtype: "float16" });
    expect(tl.memory().bytes).toBe(6);
    const { buffer, byteOffset } = backend.bufferOf(x.slice([1]));
    expect(byteOffset).toBe(2);
    const same = backend.tensorFrom(buffer, { shape: [3], dtype: "float16" });
    expect(await same.data()).toEqual(Float32Array.of(1, -2, 0.0999755859375));
    tl.tidy(() => undefined);
  });

  test("cpu and wasm refuse it, and name what they have", async () => {
    const x = tl.ones([2], "float16");
    for (const name of ["cpu", "wasm"]) {
      await expect(x.to(name)).rejects.toThrow(
        expect.objectContaining({
          code: "UNSUPPORTED",
          message: expect.stringMatching(/float32, .*float64.* got float16.*astype\("float32"\)/),
        }),
      );
    }
    expect((await x.astype("float32").to("wasm")).dataSync()).toEqual(Float32Array.of(1, 1));
  });

  test("a network converted to float16 finds the classes that it found in float32", async () => {
    tl.random.seed(1);
    const model = new nn.Sequential([
      new nn.Conv2d(3, 16, 3, { padding: 1 }),
      new nn.BatchNorm(16),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(16, 32, 3, { padding: 1, groups: 4 }),
      new nn.Activation("gelu"),
      new nn.GlobalAvgPool(),
      new nn.LayerNorm(32),
      new nn.Linear(32, 10),
    ]).eval();
    const images = tl.random.uniform([16, 12, 12, 3], { seed: 4 });
    const before = tl.memory().bytes - images.size * 4;
    const expected = tl.tidy(() => model.call(images).softmax());
    model.astype("float16");
    const half = images.astype("float16");
    const found = tl.tidy(() => model.call(half).softmax());
    expect(found.dtype).toBe("float16");
    const [a, b] = [await expected.data(), await found.data()];
    // Eight layers, each rounding by 2^-11 at most what is of size one; probabilities are of size 0.1.
    a.forEach((p, i) => expect(Math.abs(p - b[i]!)).toBeLessThan(8 * 2 ** -11));
    expect(await found.argmax(-1).data()).toEqual(await expected.argmax(-1).data());
    for (const x of [images, half, expected, found]) x.dispose();
    expect(tl.memory().bytes).toBeLessThan(0.6 * before);
    model.dispose();
  });
});
