import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tl from "@tensorloom/tensor";
import type { Backend } from "@tensorloom/tensor/backend";
import { describe, expect, test, vi } from "vitest";
import { wasm } from "../src/index.ts";
import type { ThreadPool } from "../src/wasm/threads/thread-pool.ts";

/** The pool of a backend, and its memory. */
function poolOf(backend: Backend): ThreadPool {
  return (backend as Backend & { readonly threads: ThreadPool }).threads;
}

async function start(threads: number): Promise<Backend> {
  const backend = wasm({ threads });
  await tl.use(backend);
  expect(backend.info().threads).toBe(threads);
  return backend;
}

const { random } = tl;
const normal = (shape: number[], seed: number): tl.Tensor => random.normal(shape, { seed });

/** Operations large enough to be shared, of every kind that is. */
const operations: Readonly<Record<string, () => tl.Tensor>> = {
  "matrix product": () => normal([300, 200], 1).matmul(normal([200, 150], 2)),
  "transposed both": () =>
    tl.gemm(normal([200, 300], 1), normal([150, 200], 2), { transposeA: true, transposeB: true }),
  "few rows": () => normal([4, 2000], 1).matmul(normal([2000, 301], 2)),
  "one column": () => normal([3000, 1500], 1).matmul(normal([1500, 1], 2)),
  "one row": () => normal([1, 3000], 1).matmul(normal([3000, 1501], 2)),
  "with an epilogue": () =>
    tl.gemm(normal([300, 200], 1), normal([200, 150], 2), { bias: normal([150], 3), activation: "relu" }), // prettier-ignore
  batch: () => normal([100, 20, 30], 1).matmul(normal([100, 30, 25], 2)),
  "batch, broadcast": () => normal([4, 1, 40, 30], 1).matmul(normal([1, 9, 30, 25], 2)),
  convolution: () =>
    tl.conv2d(normal([2, 30, 30, 16], 1), normal([3, 3, 16, 20], 2), { padding: 1 }),
  "convolution of few positions": () =>
    tl.conv2d(normal([1, 7, 7, 64], 1), normal([3, 3, 64, 130], 2), { padding: 1 }),
  "grouped convolution": () =>
    tl.conv2d(normal([2, 30, 30, 16], 1), normal([3, 3, 8, 20], 2), { groups: 2 }),
  depthwise: () => tl.conv2d(normal([4, 30, 30, 32], 1), normal([3, 3, 1, 32], 2), { groups: 32 }),
  "gradients of a convolution": () => gradients(1, 1),
  "gradients of a strided convolution": () => gradients(1, 2),
  "gradients of a depthwise convolution": () => gradients(16, 1),
  "max pooling": () => tl.maxPool2d(normal([4, 40, 40, 32], 1), 2),
  "average pooling": () => tl.avgPool2d(normal([4, 40, 40, 32], 1), 3, { stride: 1 }),
  "gradient of max pooling": () =>
    tl.grad((x) => tl.maxPool2d(x, 2).square().sum())(normal([4, 40, 40, 32], 1)),
  "a light map": () => normal([400_003], 1).add(normal([400_003], 2)),
  "a heavy map": () => normal([50_001], 1).tanh(),
  "a broadcast map": () => normal([1000, 301], 1).mul(normal([301], 2)),
  "a map of four loops": () => normal([20, 30, 16, 40], 1).transpose([0, 2, 1, 3]).exp(),
  "a fold of rows": () => normal([1001, 400], 1).sum(1),
  "a fold of columns": () => normal([7, 300, 200], 1).max(1),
  "places of the largest": () => normal([1001, 400], 1).argmax(1),
  softmax: () => normal([501, 400], 1).softmax(),
};

function gradients(groups: number, stride: number): tl.Tensor {
  const x = normal([4, 24, 24, 16], 1);
  const w = normal([3, 3, 16 / groups, 16], 2);
  const loss = (input: tl.Tensor, filter: tl.Tensor): tl.Tensor =>
    tl.conv2d(input, filter, { groups, stride, padding: 1 }).square().sum();
  const dx = tl.grad((input) => loss(input, w))(x);
  const dw = tl.grad((filter) => loss(x, filter))(w);
  return tl.concat([dx.reshape([-1]), dw.reshape([-1])]);
}

function bits(operation: () => tl.Tensor): Uint8Array {
  return tl.tidy(() => {
    const values = operation().dataSync() as Float32Array;
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  });
}

describe("the same bits for every number of threads", () => {
  const expected = new Map<string, Uint8Array>();
  for (const threads of [1, 2, 8]) {
    test(`${threads} threads`, async () => {
      const backend = await start(threads);
      if (threads > 2) poolOf(backend).delay(200);
      for (const [name, operation] of Object.entries(operations)) {
        const found = bits(operation);
        const first = expected.get(name) ?? found;
        expected.set(name, first);
        expect(Buffer.compare(found, first), name).toBe(0);
        expect(Buffer.compare(bits(operation), first), `${name}, again`).toBe(0);
      }
    });
  }
});

describe("races", () => {
  test("a hundred thousand small jobs on eight threads, with random delays", async () => {
    const backend = await start(8);
    const pool = poolOf(backend);
    pool.delay(20);
    const rows = 64;
    const source = backend.allocate(rows * 16) as unknown as { address: number };
    const sums = backend.allocate(rows * 4) as unknown as { address: number };
    const values = Float32Array.from({ length: rows * 4 }, (_, i) => i % 97);
    backend.write(source as never, values);
    const right = Float32Array.from({ length: rows }, (_, r) =>
      values.subarray(4 * r, 4 * r + 4).reduce((sum, x) => sum + x, 0),
    );
    let longest = 0;
    for (let job = 0; job < 100_000; job++) {
      // Every part and every job writes what the last one did not.
      const from = (job % 8) * 8;
      const calls = Array.from({ length: 8 }, (_, i) => {
        const row = (from + 8 * i) % rows;
        const args = [0, source.address + row * 16, 8, 4, sums.address + row * 4];
        return { kernel: "foldRows", args } as const;
      });
      if (job % 100 === 0) backend.write(sums as never, new Float32Array(rows));
      const begun = performance.now();
      pool.run(calls);
      longest = Math.max(longest, performance.now() - begun);
      if (job % 100 === 0) {
        const found = backend.readSync!(sums as never, "float32", 0, rows);
        expect(Buffer.compare(bytesOf(found), bytesOf(right)), `job ${job}`).toBe(0);
      }
    }
    expect(longest).toBeLessThan(1000);
  }, 60_000);
});

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

describe("faults", () => {
  const deaths: Readonly<Record<string, (pool: ThreadPool) => void>> = {
    "before it has begun": (pool) => pool.workers[0]!.terminate(),
    "in the middle of its part": (pool) => pool.delay(-1),
  };
  test.each(Object.keys(deaths))(
    "a worker that dies %s is replaced",
    async (when) => {
      const backend = await start(3);
      const [a, b] = [normal([2048, 2048], 1), normal([2048, 2048], 2)];
      const right = bits(() => a.matmul(b));
      const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
      const pool = poolOf(backend);
      deaths[when]!(pool);
      const begun = performance.now();
      expect(
        Buffer.compare(
          bits(() => a.matmul(b)),
          right,
        ),
      ).toBe(0);
      expect(performance.now() - begun).toBeLessThan(5000);
      await vi.waitFor(() => expect(warn).toHaveBeenCalled(), { timeout: 5000 });
      await vi.waitFor(() => expect(backend.info().threads).toBe(3), { timeout: 5000 });
      expect(warn).toHaveBeenCalledOnce();
      expect(warn.mock.calls[0]![0]).toContain("a worker thread was lost");
      warn.mockRestore();
      expect(
        Buffer.compare(
          bits(() => a.matmul(b)),
          right,
        ),
      ).toBe(0);
    },
    20_000,
  );

  test("a call that fails everywhere throws, and the next is right", async () => {
    const backend = await start(2);
    const pool = poolOf(backend);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const bad = { kernel: "foldRows", args: [0, 2 ** 32 - 64, 10, 1000, 2 ** 32 - 64] } as const;
    expect(() => pool.run([bad, bad, bad])).toThrow("out of bounds");
    warn.mockRestore();
    const x = normal([300, 300], 1);
    expect(x.matmul(tl.eye(300)).sub(x).abs().max().item()).toBe(0);
  });

  test.each([0, -1, 1.5, NaN])("%s threads are refused", (threads) => {
    expect(() => wasm({ threads })).toThrow(/wasm: threads: expected a whole number of 1 or more/);
  });

  const entry = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const tensor = fileURLToPath(new URL("../../tensor/dist/index.js", import.meta.url));
  const script = (before: string): string => `
    ${before}
    const tl = await import(${JSON.stringify(tensor)});
    const { wasm } = await import(${JSON.stringify(entry)});
    const began = performance.now();
    const backend = await tl.use(wasm({ threads: 2 }));
    const x = tl.ones([300, 300]);
    const sum = x.matmul(x).sum().item();
    console.log(JSON.stringify({ ...backend.info(), sum, ms: performance.now() - began }));`;
  const run = (
    flags: readonly string[],
    before = "",
  ): Record<string, unknown> & { notes: string[] } => {
    // prettier-ignore
    const args = [...flags, "--input-type=module", "-e", script(before)];
    const printed = execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }); // prettier-ignore
    return JSON.parse(printed.trim().split("\n").at(-1)!);
  };

  test("where workers are forbidden it runs on one thread, and says why", () => {
    const permission = process.versions.node.startsWith("20.") ? "--experimental-permission" : "--permission"; // prettier-ignore
    const found = run([permission, "--allow-fs-read=*"]);
    expect(found).toMatchObject({ threads: 1, sum: 300 ** 3 });
    expect(found.notes[0]).toContain("one thread: ");
    expect(found["ms"]).toBeLessThan(2000);
  });
  test("without SharedArrayBuffer it runs on one thread, and says why", () => {
    const found = run([], "delete globalThis.SharedArrayBuffer;");
    expect(found).toMatchObject({ threads: 1, sum: 300 ** 3 });
    expect(found.notes[0]).toContain("Cross-Origin-Opener-Policy");
  });
  test("a process ends by itself", () => {
    const began = performance.now();
    expect(run([])).toMatchObject({ threads: 2, notes: [], sum: 300 ** 3 });
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
