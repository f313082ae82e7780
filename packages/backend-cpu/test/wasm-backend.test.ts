import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expression, type View } from "@tensorloom/tensor/backend";
import { describe, expect, test } from "vitest";
import { wasm, type WasmOptions } from "../src/index.ts";

async function started(options?: WasmOptions) {
  const backend = wasm(options);
  await backend.initialize?.();
  return backend;
}

describe("where the engine lacks something", () => {
  const entry = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const script = `import(${JSON.stringify(entry)}).then(async ({ wasm }) => {
    try { await wasm().initialize(); console.log("started"); } catch (error) { console.log(error.code + " " + error.message); }
  });`;
  const cases: [flag: string, says: string][] = [
    ["--no-enable-sse4-1", "expected an engine with WebAssembly SIMD, got one without; use cpu()"],
    ["--jitless", "expected an engine with WebAssembly, got one without"],
    ["--disallow-code-generation-from-strings", "started"],
  ];
  for (const [flag, says] of cases) {
    test(flag, () => {
      const printed = execFileSync(process.execPath, [flag, "-e", script], { encoding: "utf8" });
      expect(printed).toContain(says);
      if (says !== "started") expect(printed).toContain("BACKEND_UNAVAILABLE");
    });
  }
});

describe("memory", () => {
  test("grows, keeps what is in it, and is reused", async () => {
    const backend = await started();
    const first = backend.allocate(16);
    backend.write(first, Float32Array.of(1, 2, 3, 4));
    const large = backend.allocate(200 * 2 ** 20);
    expect(Array.from(await backend.read(first, "float32", 0, 4))).toEqual([1, 2, 3, 4]);
    backend.free(large);
    expect(backend.allocate(200 * 2 ** 20)).toMatchObject({
      address: (large as unknown as { address: number }).address,
    });
  });

  test("ends at 4 GiB with an error that says how much, and goes on", async () => {
    const backend = await started();
    expect(() => backend.allocate(2 ** 32)).toThrow(
      /expected room for 4294967296 bytes, got none: \d+ bytes are in use/,
    );
    expect(backend.allocate(1024).byteLength).toBe(1024);
  });

  test("addresses above 2 GiB work", async () => {
    const backend = await started();
    let low: unknown;
    try {
      low = backend.allocate(2.2 * 2 ** 30);
    } catch {
      // A machine with less memory cannot test this.
      return;
    }
    expect(low).toBeDefined();
    const view = (values: number[], shape: number[]): View => {
      const storage = backend.allocate(values.length * 4);
      backend.write(storage, Float32Array.from(values));
      const strides = shape.length === 2 ? [shape[1]!, 1] : [1];
      return { storage, dtype: "float32", offset: 0, shape, strides };
    };
    const [a, b, c] = [
      view([1, 2, 3, 4], [2, 2]),
      view([5, 6, 7, 8], [2, 2]),
      view([0, 0, 0, 0], [2, 2]),
    ];
    backend.gemm({ a, b, output: c });
    expect(Array.from(await backend.read(c.storage, "float32", 0, 4))).toEqual([19, 22, 43, 50]);
    const twice = expression((x) => x.mul(2));
    const transposed = { ...a, strides: [1, 2] };
    backend.map({ expression: twice, inputs: [transposed], parameters: [], outputs: [c] });
    expect(Array.from(await backend.read(c.storage, "float32", 0, 4))).toEqual([2, 6, 4, 8]);
  });

  test("kernels write nothing beside their outputs", async () => {
    const backend = await started();
    // Outputs of every length up to 40, each between two guards in one storage.
    for (let length = 1; length <= 40; length++) {
      const storage = backend.allocate((length + 32) * 4);
      backend.write(storage, new Float32Array(length + 32).fill(-7));
      const output: View = { storage, dtype: "float32", offset: 16, shape: [length], strides: [1] };
      const source = backend.allocate(length * 4);
      backend.write(source, new Float32Array(length).fill(3));
      const input: View = { ...output, storage: source, offset: 0 };
      backend.map({
        expression: expression((x) => x.exp().tanh()),
        inputs: [input],
        parameters: [],
        outputs: [output],
      });
      const all = await backend.read(storage, "float32", 0, length + 32);
      expect(
        all.subarray(0, 16).every((x) => x === -7),
        `before ${length}`,
      ).toBe(true);
      expect(
        all.subarray(length + 16).every((x) => x === -7),
        `after ${length}`,
      ).toBe(true);
    }
  });
});

test("the build in use is told", async () => {
  expect((await started({ simd: "simd", threads: 1 })).info()).toMatchObject({
    threads: 1,
    features: ["simd"],
  });
});
