import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tl from "@tensorloom/tensor";
import { describe, expect, test, vi } from "vitest";
import { webgpu } from "../src/index.ts";
import { lacksWebGpu, named } from "./with-webgpu.ts";

const entry = (name: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../${name}/dist/index.js`, import.meta.url)));

/** Runs a script in a Node of its own, which may take a device down. */
function inChild(script: string, environment: Record<string, string> = {}): string {
  const text = `import { webgpu } from ${entry("backend-gpu")};\nimport * as tl from ${entry("tensor")};\n${script}`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", text], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 20_000,
  }).trim();
}

test("without an adapter, use rejects, and the current backend stays", () => {
  const printed = inChild(
    `await tl.use(webgpu()).catch((error) => console.log(error.code, error.message));
    console.log(tl.backends().length); process.exit(0);`,
    { VK_ICD_FILENAMES: "/dev/null", VK_DRIVER_FILES: "/dev/null" },
  );
  expect(printed).toContain("BACKEND_UNAVAILABLE backend webgpu: expected a GPU adapter, got none");
  expect(printed).toContain("use wasm() or cpu() instead\n0");
});

test("an adapter that refuses a device is unavailable too", async () => {
  const adapter = {
    features: new Set(),
    limits: {},
    info: {},
    requestDevice: () => Promise.reject(new Error("too many")),
  };
  const gpu = { requestAdapter: async () => adapter } as unknown as GPU;
  await expect(tl.use(webgpu({ gpu }))).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: expect.stringContaining("it refused: too many") as string,
  });
});

describe.skipIf(lacksWebGpu)(named("faults on webgpu"), () => {
  test("a device lost between steps: reads and operations say so, nothing hangs, use() again works", async () => {
    const backend = webgpu();
    await tl.use(backend);
    const x = tl.tensor([1, 2, 3]);
    const pending = x.mul(2).data();
    const alsoPending = x.add(1).data();
    backend.device.destroy();
    const outcomes = await Promise.allSettled([pending, alsoPending]);
    for (const outcome of outcomes) {
      // One that the device had finished may still come.
      if (outcome.status === "rejected") {
        expect(outcome.reason).toMatchObject({ code: "DEVICE_LOST" });
      }
    }
    await backend.device.lost;
    await expect(x.data()).rejects.toMatchObject({
      code: "DEVICE_LOST",
      message: expect.stringContaining("call `await use(webgpu())` again") as string,
    });
    expect(() => x.add(1)).toThrow("backend webgpu: device: expected it to stay");
    await expect(backend.synchronize()).rejects.toMatchObject({ code: "DEVICE_LOST" });
    await tl.use(webgpu());
    expect(Array.from(await tl.tensor([1, 2]).add(1).data())).toEqual([2, 3]);
    expect(() => x.dispose()).not.toThrow();
  });

  test("a tensor above the device's limit is refused before anything is made", async () => {
    const backend = webgpu();
    await tl.use(backend);
    const uncaptured = vi.fn<() => void>();
    backend.device.addEventListener("uncapturederror", uncaptured);
    const { maxBufferSize, maxStorageBufferBindingSize } = backend.device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const before = tl.memory();
    expect(() => tl.zeros([most / 4 + 1])).toThrow(
      expect.objectContaining({
        code: "OUT_OF_MEMORY",
        message: expect.stringContaining(`at most ${most} bytes`) as string,
      }) as Error,
    );
    expect(tl.memory()).toEqual(before);
    expect(Array.from(await tl.zeros([2]).data())).toEqual([0, 0]);
    expect(uncaptured).not.toHaveBeenCalled();
    await backend.dispose();
  });

  test("more elements than one axis of workgroups holds", async () => {
    await tl.use(webgpu());
    // 65,535 workgroups of 64 invocations of four elements are 16.8 million.
    const count = 17_000_003;
    const x = tl.full([count], 3, "int32");
    const last = x.mul(2).slice([count - 2]);
    expect(Array.from(await last.data())).toEqual([6, 6]);
    expect(await x.sum().itemAsync()).toBe(3 * count);
    for (const one of [x, last]) one.dispose();
  });

  test("a shader that does not compile is an error of the read, with the compiler's words", async () => {
    await tl.use(webgpu());
    const broken = tl.customKernel({
      name: "broken",
      wgsl: () => ({
        source: "@compute @workgroup_size(1)\nfn main() { let x = y; }",
        workgroups: [1],
      }),
    });
    const [result] = broken([tl.tensor([1])], [{ shape: [1], dtype: "float32" }]);
    await expect(result!.data()).rejects.toMatchObject({
      code: "KERNEL_COMPILE",
      message: expect.stringMatching(
        /^broken: expected WGSL that compiles, got line 2:\d+ .*y/,
      ) as string,
    });
    expect(Array.from(await tl.tensor([1]).add(1).data())).toEqual([2]);
  });

  test("a custom kernel's workgroups, operands and missing version are checked", async () => {
    await tl.use(webgpu());
    const sameAs = [{ shape: [1], dtype: "float32" }] as const;
    const kernelWith = (workgroups: readonly [number]): ReturnType<typeof tl.customKernel> =>
      tl.customKernel({ name: "wide", wgsl: () => ({ source: "", workgroups }) });
    expect(() => kernelWith([65_536])([tl.tensor([1])], sameAs)).toThrow(
      "wide: workgroups: expected whole numbers up to 65535, got 65536, 1, 1",
    );
    const many = Array.from({ length: 40 }, () => tl.tensor([1]));
    expect(() => kernelWith([1])(many, sameAs)).toThrow("maxStorageBuffersPerShaderStage");
  });
});
