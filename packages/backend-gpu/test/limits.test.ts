import * as tl from "@tensorloom/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { webgpu, type WebGpuBackend } from "../src/index.ts";
import { lacksWebGpu, named } from "./with-webgpu.ts";

const most = 2 ** 20;

/** A device that says it binds no more than `most` bytes: real ones begin at 128 MiB, which a test need not fill. */
function narrow(device: GPUDevice): GPUDevice {
  const limits = { maxBufferSize: most, maxStorageBufferBindingSize: most };
  return new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === "limits") {
        return new Proxy(target.limits, {
          get: (all, limit) => Reflect.get(limits, limit) ?? Reflect.get(all, limit, all),
        });
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const bytes = (...shape: number[]): tl.Tensor => tl.zeros(shape, "uint8");
const twice = tl.customKernel({
  name: "twice",
  wgsl: () => ({ source: "@compute @workgroup_size(1) fn main() {}", workgroups: [1] }),
});

// Bytes are a quarter of the words that some kernels make of them: those refuse when the result has been made already.
const families: Readonly<Record<string, () => unknown>> = {
  map: () => tl.ones([1024, 1]).add(tl.ones([1, 1024])),
  reduce: () => bytes(2, 600_000).any(0),
  gemm: () => tl.ones([1024, 4]).matmul(tl.ones([4, 1024])),
  conv: () => tl.conv2d(tl.ones([1, 64, 64, 4]), tl.ones([1, 1, 4, 128])),
  pool: () => tl.maxPool2d(tl.ones([1, 512, 512, 1]), 2, { stride: 1, padding: 1 }),
  gather: () => tl.gather(tl.ones([1, 1024]), tl.zeros([1024], "int32")),
  scatterAdd: () => tl.scatterAdd(bytes(600_000), tl.zeros([1], "int32"), bytes(1)),
  scan: () => bytes(600_000).cumsum(0),
  sort: () => tl.sort(bytes(600_000)),
  custom: () => twice([tl.ones([2])], [{ shape: [most], dtype: "float32" }]),
};

describe.skipIf(lacksWebGpu)(named("beyond maxStorageBufferBindingSize"), () => {
  let whole: WebGpuBackend;
  let backend: WebGpuBackend;
  beforeAll(async () => {
    whole = webgpu();
    await whole.initialize?.();
    backend = webgpu({ device: narrow(whole.device) });
    await tl.use(backend);
  });
  afterAll(() => whole.dispose());

  for (const [name, run] of Object.entries(families)) {
    test(`${name} refuses, names the limit, and nothing is left behind`, async () => {
      const before = tl.memory();
      const lent = backend.counts().bytes;
      expect(() => tl.tidy(() => void run())).toThrow(
        expect.objectContaining({
          code: "OUT_OF_MEMORY",
          message: expect.stringContaining(
            `expected at most ${most} bytes in one tensor, the device's maxStorageBufferBindingSize`,
          ) as string,
        }) as Error,
      );
      expect(tl.memory()).toEqual(before);
      expect(backend.counts().bytes).toBe(lent);
      expect(Array.from(await tl.tensor([1, 2]).add(1).data())).toEqual([2, 3]);
    });
  }
});
