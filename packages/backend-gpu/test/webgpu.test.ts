import { cpu, wasm } from "@tensorloom/backend-cpu";
import * as tl from "@tensorloom/tensor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { candidates } from "../src/device/tuning.ts";
import { webgpu, type WebGpuBackend } from "../src/index.ts";
import { lacksWebGpu, named } from "./with-webgpu.ts";

describe.skipIf(lacksWebGpu)(named("webgpu"), () => {
  let backend: WebGpuBackend;
  beforeAll(async () => {
    await tl.use(cpu());
    await tl.use(wasm());
    backend = webgpu();
    await tl.use(backend);
  });
  afterAll(() => backend.dispose());
  const list = async (x: tl.Tensor): Promise<number[]> => Array.from(await x.data());

  test("a thousand operations take a handful of submits", async () => {
    const x = tl.tensor([1, 2, 3, 4]);
    await backend.synchronize();
    const { submits } = backend.counts();
    const y = tl.tidy(() => {
      let sum = x;
      for (let i = 0; i < 1000; i++) sum = sum.add(x);
      return sum;
    });
    expect(await list(y)).toEqual([1001, 2002, 3003, 4004]);
    expect(backend.counts().submits - submits).toBeLessThanOrEqual(5);
  });

  test("a thousand reads at once, among writes and disposals, each see the value at their call", async () => {
    const reads: Promise<number[]>[] = [];
    for (let i = 0; i < 1000; i++) {
      const x = tl.tensor([i, i + 1]);
      const y = x.mul(2);
      reads.push(list(y));
      x.dispose();
      y.dispose();
    }
    const found = await Promise.all(reads);
    expect(found.every(([a, b], i) => a === 2 * i && b === 2 * i + 2)).toBe(true);
  });

  test("whole numbers are counted beyond what float32 holds", async () => {
    const from = 2 ** 24;
    const up = tl.arange(from, from + 4, { dtype: "int32" });
    expect(await list(up)).toEqual([from, from + 1, from + 2, from + 3]);
    const ends = tl.arange(2 ** 31 - 1, -(2 ** 31) + 1, { step: -(2 ** 31) + 1, dtype: "int32" });
    expect(await list(ends)).toEqual([2 ** 31 - 1, 0]);
  });

  test("large writes keep their order among queued operations", async () => {
    const storage = backend.allocate(40_000 * 4);
    const first = new Float32Array(40_000).fill(1);
    const { tensorOn } = await import("@tensorloom/tensor/backend");
    const x = tensorOn(backend, storage, { shape: [40_000], dtype: "float32" });
    backend.write(storage, first);
    const y = x.add(1);
    backend.write(storage, first.fill(10));
    const z = x.add(1);
    expect([(await list(y))[39_999], (await list(z))[39_999]]).toEqual([2, 11]);
  });

  test("bytes at odd places keep their neighbours", async () => {
    const parts = [3, 1, 5, 2].map((count, i) =>
      tl.tensor(
        Array.from({ length: count }, (_, k) => 10 * i + k),
        { dtype: "uint8" },
      ),
    );
    const joined = tl.concat(parts);
    expect(await list(joined)).toEqual([0, 1, 2, 10, 20, 21, 22, 23, 24, 30, 31]);
    expect(await list(joined.slice([3], [9]))).toEqual([10, 20, 21, 22, 23, 24]);
    const storage = backend.allocate(8);
    backend.write(storage, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    backend.write(storage, Uint8Array.of(9, 9, 9, 9, 9));
    expect(Array.from(await backend.read(storage, "uint8", 1, 7))).toEqual([9, 9, 9, 9, 6, 7, 8]);
    backend.free(storage);
  });

  test("more inputs than the device binds at a time", async () => {
    const count = 20;
    const sum = tl.fusedKernel(count, 0, (xs) => [xs.reduce((total, x) => total.add(x))]);
    const inputs = Array.from({ length: count }, (_, i) => tl.tensor([i, 2 * i, 3 * i]));
    expect(await list(sum(inputs, [])[0]!)).toEqual([190, 380, 570]);
  });

  test("switching between wasm and webgpu with live tensors, a gradient and a parameter", async () => {
    await tl.use("wasm");
    const w = new tl.Parameter(tl.tensor([1, 2, 3]), "w");
    const here = tl.tensor([1, 1, 1]);
    await tl.use("webgpu");
    w.assign(await w.value.to("webgpu"));
    const gradient = tl.grad((x) => x.mul(w.value).square().sum())(here);
    expect([gradient.backend, here.backend]).toEqual(["webgpu", "wasm"]);
    expect(await list(gradient)).toEqual([2, 8, 18]);
    const back = await gradient.to("wasm");
    await tl.use("wasm");
    expect(await list(back.add(here))).toEqual([3, 9, 19]);
    expect(() => w.value.dataSync()).toThrow("await x.data()");
    await tl.use("webgpu");
  });

  test("a tensor's buffer goes out, and a buffer of the caller's comes in, without copies", async () => {
    const { device } = backend;
    const x = tl.arange(0, 8).add(0);
    const { buffer, byteOffset } = backend.bufferOf(x.slice([2]));
    expect(byteOffset).toBe(8);
    const mine = device.createBuffer({ size: 32, usage: 0x80 | 0x4 | 0x8 });
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, mine, 0, 32);
    device.queue.submit([encoder.finish()]);
    const y = backend.tensorFrom(mine, { shape: [2, 4], dtype: "float32" });
    expect(await list(y.sum(1))).toEqual([6, 22]);
    y.dispose();
    device.queue.writeBuffer(mine, 0, Float32Array.of(5, 6, 7, 8));
    const again = backend.tensorFrom(mine, { shape: [4], dtype: "float32" });
    expect(await list(again.mul(1))).toEqual([5, 6, 7, 8]);
    expect(() => backend.tensorFrom(mine, { shape: [9], dtype: "float32" })).toThrow(
      "expected at least 36 bytes",
    );
    const bare = device.createBuffer({ size: 32, usage: 0x80 });
    expect(() => backend.tensorFrom(bare, { shape: [2], dtype: "float32" })).toThrow("COPY_SRC");
  });

  test("a caller's device is used, and not destroyed", async () => {
    const other = webgpu({ device: backend.device });
    await other.initialize?.();
    const storage = other.allocate(8);
    other.write(storage, Float32Array.of(1, 2));
    expect(Array.from(await other.read(storage, "float32", 0, 2))).toEqual([1, 2]);
    await other.dispose();
    expect(await list(tl.tensor([1]).add(1))).toEqual([2]);
  });

  test("profile counts dispatches and times kernels", async () => {
    const x = tl.ones([64, 64]);
    const profile = await backend.profile(() => {
      tl.tidy(() => void x.matmul(x).add(1).sum());
    });
    const names = profile.kernels.map(({ kernel }) => kernel);
    expect(names).toEqual(expect.arrayContaining(["gemm", "map", "reduce"]));
    expect(profile.dispatches).toBeGreaterThanOrEqual(3);
    if (backend.device.features.has("timestamp-query")) expect(profile.ms).toBeGreaterThan(0);
    expect(profile.toString()).toMatch(/^kernel +dispatches +ms/);
  });

  test("products are right with each way to cut them, and tune() keeps one", async () => {
    const expected = await product(backend);
    for (const tuning of candidates) {
      const other = webgpu({ device: backend.device, tuning: { ...tuning, isForced: true } });
      await other.initialize?.();
      const found = await product(other);
      // The depth is added in the same order whatever the tile.
      expect(found, JSON.stringify(tuning)).toEqual(expected);
    }
    const found = await backend.tune();
    expect([4, 8, 16]).toContain(found.tileRows);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(await product(backend)).toEqual(expected);
  }, 60_000);

  /** Of matrices that no tile fits, and of such that all tiles do; as they lie, and turned. */
  const product = async (on: WebGpuBackend): Promise<number[][]> =>
    tl.withBackend(on, async () => {
      const sizes = [
        [70, 90, 84],
        [128, 64, 64],
      ] as const;
      const results: number[][] = [];
      for (const [a, b] of sizes.flatMap(factors)) {
        results.push(await list(a!.matmul(b!)));
      }
      return results;
    });

  const factors = ([m, k, n]: readonly [number, number, number]): tl.Tensor[][] => {
    const a = tl.random.uniform([m, k], { seed: 1, low: -1 });
    const b = tl.random.uniform([k, n], { seed: 2, low: -1 });
    return [[a, b], [a, b].map((x) => x.transpose().add(0).transpose())];
  };

  test("a matrix by a vector, as a GPU does it, which folds", async () => {
    const tuning = { tileRows: 8, tileColumns: 8, sharing: "workgroup" } as const;
    const other = webgpu({ device: backend.device, tuning });
    await other.initialize?.();
    for (const size of [
      [1, 700, 300],
      [300, 701, 1],
    ] as const) {
      const [found, expected] = await Promise.all(
        [other, backend].map((on) =>
          tl.withBackend(on, async () => {
            const products = factors(size).map(([a, b]) => a!.matmul(b!).add(1));
            return (await Promise.all(products.map(list))).flat();
          }),
        ),
      );
      // 700 products below 1, each rounded by 2^-24 of a sum that stays below 64.
      const most = Math.max(...found!.map((x, i) => Math.abs(x - expected![i]!)));
      expect(most).toBeLessThan(700 * 64 * 2 ** -24);
    }
  });

  test("long lines are scanned, sorted and folded in parts", async () => {
    const count = 100_003;
    const values = Float32Array.from({ length: count }, (_, i) => (i * 7919) % 1000);
    const x = tl.tensor(values);
    const here = (name: string): tl.Tensor => tl.withBackend(name, () => tl.tensor(values));
    const onCpu = here("cpu");
    for (const f of [
      (v: tl.Tensor) => v.astype("int32").cumsum(0),
      (v: tl.Tensor) => v.argsort(),
      (v: tl.Tensor) => v.argmax(),
      (v: tl.Tensor) => v.reshape([-1, 1]).argmin(0),
    ]) {
      expect(await list(f(x))).toEqual(await list(f(onCpu)));
    }
    const sums = [await x.sum().itemAsync(), onCpu.sum().item()];
    expect(Math.abs(sums[0]! - sums[1]!) / sums[1]!).toBeLessThan(1e-6);
  });

  test("buffers are lent again, and none is lost in a thousand steps", async () => {
    const before = tl.memory();
    const x = tl.ones([100]);
    for (let i = 0; i < 1000; i++) tl.tidy(() => void x.mul(i).add(1).sum());
    x.dispose();
    await backend.synchronize();
    // What earlier tests forgot may be freed meanwhile.
    expect(tl.memory().tensors).toBeLessThanOrEqual(before.tensors);
  });
});
