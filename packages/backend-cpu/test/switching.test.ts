import * as tl from "@tensorloom/tensor";
import { deriveBackend } from "@tensorloom/tensor/backend";
import { beforeAll, describe, expect, test } from "vitest";
import { cpu, wasm } from "../src/index.ts";

beforeAll(async () => {
  await tl.use(wasm());
  await tl.use(cpu());
});
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
const list = (x: tl.Tensor): number[] => Array.from(x.dataSync());

describe("switching with live tensors", () => {
  test("a gradient, an optimizer's update and a read across a switch", async () => {
    await tl.use("wasm");
    const w = new tl.Parameter(tl.tensor([1, 2, 3]), "w");
    const loss = (): tl.Tensor => w.value.square().sum();
    const step = (): void => {
      const { gradients } = tl.valueAndGrad(loss, [w])();
      w.assign(tl.sub(w.value, gradients[0]!.mul(0.25)));
    };
    step();
    expect(w.value.backend).toBe("wasm");
    await tl.use("cpu");
    step();
    expect(w.value.backend).toBe("wasm");
    w.assign(await w.value.to("cpu"));
    step();
    expect(w.value.backend).toBe("cpu");
    expect(list(w.value)).toEqual([0.125, 0.25, 0.375]);
  });
  test("a switch while a gradient is being taken", () => {
    const gradient = tl.grad((x) => {
      const y = x.exp();
      return tl.withBackend("wasm", () => y.mul(tl.ones([2])).sum());
    })(tl.zeros([2]));
    expect(list(gradient)).toEqual([1, 1]);
  });
  test("mixed operands run on the current backend, and memory returns on both", async () => {
    const before = tl.memory();
    const here = tl.ones([3]);
    const there = await here.to("wasm");
    for (const [name, expected] of [
      ["cpu", "cpu"],
      ["wasm", "wasm"],
    ] as const) {
      // prettier-ignore
      tl.withBackend(name, () => {
        const results = [here.add(there), tl.matmul(there, here), tl.concat([here, there])];
        expect(results.map(({ backend }) => backend)).toEqual([expected, expected, expected]);
        for (const result of results) result.dispose();
      });
    }
    here.dispose();
    there.dispose();
    expect(tl.memory()).toEqual(before);
  });
  test("an operand disposed while it is being copied", async () => {
    const x = tl.tensor([1, 2]);
    const copy = x.to("wasm");
    x.dispose();
    expect(list(await copy)).toEqual([1, 2]);
  });
});

describe("two backends in two tasks at a time", () => {
  test("each task keeps its own through its awaits, whatever the others do", async () => {
    await tl.use("cpu");
    const seen: string[] = [];
    const task = async (name: string, rounds: number): Promise<void> =>
      tl.withBackend(name, async () => {
        for (let i = 0; i < rounds; i++) {
          const a = tl.random.uniform([4, 4], { seed: i });
          await pause();
          using product = tl.matmul(a, tl.eye(4));
          seen.push(`${name} ${product.backend}`);
          expect(list(product)).toEqual(list(a));
          a.dispose();
        }
      });
    await Promise.all([task("cpu", 5), task("wasm", 8), task("cpu", 3), task("wasm", 2)]);
    expect(new Set(seen)).toEqual(new Set(["cpu cpu", "wasm wasm"]));
    expect(seen.length).toBe(18);
    expect(tl.currentBackend().name).toBe("cpu");
  });
  test("nested, failing, and with a use() inside", async () => {
    await tl.use("cpu");
    await tl.withBackend("wasm", async () => {
      await pause();
      await expect(
        tl.withBackend("cpu", async () => {
          await pause();
          throw new Error(tl.zeros([1]).backend);
        }),
      ).rejects.toThrow("cpu");
      expect(tl.zeros([1]).backend).toBe("wasm");
      await tl.use("cpu");
      expect(tl.zeros([1]).backend).toBe("cpu");
    });
    expect(tl.currentBackend().name).toBe("cpu");
  });
});

describe("memory", () => {
  const { gc } = globalThis as { gc?: () => void };
  for (const name of ["cpu", "wasm"]) {
    test(`10^5 forgotten tensors are reclaimed on ${name}`, async () => {
      await tl.use(name);
      const before = tl.memory();
      for (let i = 0; i < 100; i++) {
        for (let k = 0; k < 500; k++) tl.ones([4]).add(1);
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (let round = 0; round < 100 && tl.memory().tensors > before.tensors; round++) {
        gc!();
        await pause();
      }
      expect(tl.memory().tensors).toBeLessThanOrEqual(before.tensors);
      expect(tl.memory().bytes).toBeLessThanOrEqual(before.bytes);
    });
    test(`10^6 create-and-dispose cycles are flat on ${name}`, async () => {
      await tl.use(name);
      const x = tl.ones([4]);
      const samples: { heapUsed: number; rss: number }[] = [];
      for (let part = 0; part < 5; part++) {
        for (let i = 0; i < 200_000; i++) x.add(1).dispose();
        gc!();
        samples.push(process.memoryUsage());
      }
      const [, second] = samples as [unknown, { heapUsed: number; rss: number }];
      const last = samples.at(-1)!;
      expect(last.heapUsed - second.heapUsed).toBeLessThan(2 ** 20);
      expect(last.rss - second.rss).toBeLessThan(2 ** 22);
      x.dispose();
    });
  }
});

describe("where a backend comes from", () => {
  test("says how another thread makes its like", async () => {
    for (const made of [cpu(), wasm({ simd: "simd" })]) {
      await tl.use(made);
      const { module, name, options } = made.origin!;
      const exports = (await import(module)) as Record<string, (options: object) => tl.Backend>;
      const like = await tl.use(exports[name]!({ ...options, threads: 1 }));
      expect(like.name).toBe(made.name);
      expect(like.info()).toEqual({ ...made.info(), threads: 1 });
    }
  });
  test("one that computes otherwise does not say so of its base", () => {
    expect(deriveBackend(cpu(), { name: "other" }).origin).toBeUndefined();
  });
});
