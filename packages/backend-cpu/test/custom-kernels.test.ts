import { customKernel, memory, tensor, use, type CustomKernel } from "@tensorloom/tensor";
import asc from "assemblyscript/asc";
import { beforeAll, describe, expect, test } from "vitest";
import { cpu, wasm } from "../src/index.ts";

const source = `
export function unused(): void {}
/** to[i] = from[i] * factor, by way of the working memory. */
export function scale(from: u32, to: u32, n: i32, factor: f64, workspace: u32): void {
  for (let i = 0; i < n; i++) store<f64>(workspace + (i << 3), load<f64>(from + (i << 3)) * factor);
  memory.copy(to, workspace, <u32>n << 3);
}`;
let compiled: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const { error } = await asc.main(
    ["m.ts", ...["--outFile", "m.wasm", "--runtime", "stub", "--importMemory"], ...["--maximumMemory", "65536", "--noAssert"]], // prettier-ignore
    {
      readFile: (name) => (name === "m.ts" ? source : null),
      writeFile: (name, bytes) => {
        if (name === "m.wasm") compiled = Uint8Array.from(bytes as Uint8Array);
      },
      listFiles: () => [],
    },
  );
  if (error !== null) throw error;
});

/** Rows of float64, scaled: a call a row. float32 is left to the host version. */
function scaling(log: string[]): CustomKernel {
  return {
    name: "scale",
    host([x], [y], [factor]) {
      log.push("host");
      x!.data.forEach((value, i) => (y!.data[i] = value * factor!));
    },
    wasm: {
      module: () => compiled,
      plan([x], [y], [factor], threads) {
        if (x!.dtype !== "float64") return undefined;
        log.push(`wasm on ${threads}`);
        const [rows, n] = x!.shape as [number, number];
        const calls = Array.from({ length: rows }, (_, row) => {
          const at = row * n * 8;
          return [x!.address + at, y!.address + at, n, factor!];
        });
        return { run: "scale", calls, workspace: n * 8 };
      },
    },
  };
}

describe.each([
  { name: "cpu", backend: () => cpu(), expected: "host" },
  { name: "wasm", backend: () => wasm({ threads: 1 }), expected: "wasm on 1" },
  { name: "wasm, 3 threads", backend: () => wasm({ threads: 3 }), expected: "wasm on 3" },
])("a kernel brought along, on $name", ({ backend, expected }) => {
  test("runs its WebAssembly version where there is one for the arguments", async () => {
    await use(backend());
    const log: string[] = [];
    const scale = customKernel(scaling(log));
    const values = Float64Array.from({ length: 70 * 33 }, (_, i) => i);
    const x = tensor(values, { shape: [70, 33] });
    const before = memory();
    for (let repeat = 0; repeat < 3; repeat++) {
      const [y] = scale([x], [{ shape: [70, 33], dtype: "float64" }], [0.5]);
      expect(y!.dataSync()).toEqual(values.map((value) => value / 2));
      y!.dispose();
    }
    const single = x.astype("float32");
    const [half] = scale([single], [{ shape: [70, 33], dtype: "float32" }], [0.5]);
    expect(half!.dataSync()[5]).toBe(2.5);
    single.dispose();
    half!.dispose();
    expect(log).toEqual([expected, expected, expected, "host"]);
    expect(memory()).toEqual(before);
  });
});
