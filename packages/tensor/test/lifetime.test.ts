import { describe, expect, test, vi } from "vitest";
import * as tl from "../src/index.ts";
import { reference } from "../src/reference/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();
const { tensor } = tl;

describe("lifetime", () => {
  test("tidy frees all but what it returns, nested in arrays and objects", () => {
    const before = tl.memory().tensors;
    const result = tl.tidy(() => {
      const x = tensor([1, 2]);
      return { sum: x.sum(), list: [x.add(1)] };
    });
    expect(tl.memory().tensors).toBe(before + 2);
    result.sum.dispose();
    result.list[0]!.dispose();
    expect(tl.memory().tensors).toBe(before);
  });
  test("tidy frees when fn throws, and refuses promises", () => {
    const before = tl.memory().tensors;
    expect(() =>
      tl.tidy(() => {
        tensor([1]);
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(() => tl.tidy(async () => tensor([1]))).toThrow("expected a synchronous function");
    expect(tl.memory().tensors).toBe(before);
  });
  test("keep outlives nested tidies", () => {
    const kept = tl.tidy(
      () =>
        tl.tidy(() => {
          const k = tl.keep(tensor([7]));
          return { item: k.item(), k };
        }).k,
    );
    expect(kept.item()).toBe(7);
    kept.dispose();
  });
  test("operations on a strided input leave nothing but their result", () => {
    const x = tl.random.uniform([4, 6, 6, 4], { seed: 1 }).transpose([3, 2, 1, 0]);
    const filter = tl.random.uniform([2, 4, 3, 3], { seed: 2 }).transpose([3, 2, 1, 0]);
    const turned = tl.random.uniform([6, 4], { seed: 3 }).transpose();
    const indices = tl.tensor([[0, 1], [2, 0]], { dtype: "int32" }).transpose(); // prettier-ignore
    const operations: Record<string, () => tl.Tensor> = {
      reshape: () => x.reshape([-1]),
      "reshape in two": () => turned.reshape([2, 12]),
      softmax: () => x.softmax(),
      logSoftmax: () => tl.logSoftmax(x),
      sum: () => x.sum([1, 2]),
      gemm: () => tl.gemm(turned, turned, { transposeB: true }),
      conv2d: () => tl.conv2d(x, filter),
      maxPool2d: () => tl.maxPool2d(x, 2),
      avgPool2d: () => tl.avgPool2d(x, 2),
      gather: () => tl.gather(turned, indices),
      concat: () => tl.concat([x, x], 1),
      sort: () => tl.sort(turned),
      cumsum: () => tl.cumsum(turned, 1),
      norm: () => tl.norm(turned),
      einsum: () => tl.einsum("ij,kj->ik", turned, turned),
      gelu: () => tl.gelu(x),
      std: () => x.std(1),
      pad: () => turned.pad([[1, 1], [0, 2]]), // prettier-ignore
    };
    for (const [name, operation] of Object.entries(operations)) {
      const before = tl.memory();
      operation().dispose();
      expect(tl.memory(), name).toEqual(before);
    }
  });
  test("views keep the storage of a disposed base", () => {
    const base = tensor([
      [1, 2],
      [3, 4],
    ]);
    const view = base.transpose();
    base.dispose();
    expect(Array.from(view.dataSync())).toEqual([1, 3, 2, 4]);
    view.dispose();
  });
  test("dispose twice is harmless; use after dispose is an error that names the tensor", async () => {
    const x = tensor([1, 2]);
    x.dispose();
    x.dispose();
    expect(() => x.add(1)).toThrow(
      "add: expected a live tensor, got a disposed one of float32 [2]",
    );
    await expect(x.data()).rejects.toMatchObject({ code: "DISPOSED" });
    expect(x.toString()).toBe("Tensor(disposed, float32 [2])");
  });
  test("disposing a result never disposes an operand, also where nothing had to be done", () => {
    const x = tl.ones([1, 3]);
    const results = [
      x.reshape([1, 3]),
      x.broadcastTo([1, 3]),
      x.astype("float32"),
      x.squeeze([]),
      x.expandDims([]),
      tl.dropout(x, 0),
      tl.concat([x]),
      x.sum([]),
      x.logsumexp([]),
    ];
    for (const result of results) result.dispose();
    expect(Array.from(x.dataSync())).toEqual([1, 1, 1]);
    const empty = tl.zeros([0, 3]);
    for (const result of [empty.flip(), empty.softmax(0)]) result.dispose();
    expect(empty.isDisposed).toBe(false);
    // The handle is another, the value the same: gradients pass.
    const gradient = tl.grad((v) => v.reshape([1, 3]).astype("float32").mul(2).sum())(x);
    expect(Array.from(gradient.dataSync())).toEqual([2, 2, 2]);
  });
  test("a pending read resolves rightly though the tensor is disposed", async () => {
    const x = tensor([1, 2]);
    const pending = x.data();
    x.dispose();
    expect(Array.from(await pending)).toEqual([1, 2]);
  });
  test("Symbol.dispose frees", () => {
    const x = tensor([1]);
    x[Symbol.dispose]();
    expect(x.isDisposed).toBe(true);
  });
  test("forgotten tensors are reclaimed", async () => {
    const { gc } = globalThis as { gc?: () => void };
    if (gc === undefined) throw new Error("run vitest with --expose-gc, as vitest.config.ts does");
    const before = tl.memory().tensors;
    for (let i = 0; i < 1000; i++) tensor([i]).add(1);
    for (let round = 0; round < 20 && tl.memory().tensors > before + 10; round++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(tl.memory().tensors).toBeLessThanOrEqual(before + 10);
  });
});

describe("backends", () => {
  test("unknown names are refused, with those that are known", async () => {
    await expect(tl.use("gpu9")).rejects.toThrow(
      'expected the name of a backend in use (reference), got "gpu9"',
    );
    await expect(tensor([1]).to("gpu9")).rejects.toMatchObject({ code: "BACKEND" });
    expect(tl.currentBackend().name).toBe("reference");
  });
  test("one that cannot start leaves the current one, and may be tried again", async () => {
    let works = false;
    const moody = {
      ...reference(),
      name: "moody",
      initialize: async () => {
        if (!works) throw new tl.BackendError("no", { unavailable: true });
      },
    };
    await expect(tl.use(moody)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(tl.currentBackend().name).toBe("reference");
    expect(tl.backends()).not.toContain("moody");
    works = true;
    await tl.withBackend("reference", async () => undefined);
    expect((await tl.use(moody)).name).toBe("moody");
    await tl.use("reference");
  });
  test("tensors move, mix and follow their data", async () => {
    await tl.use({ ...reference(), name: "other" });
    const there = tensor([1, 2]);
    await tl.use("reference");
    const here = tensor([10, 20]);
    expect(there.backend).toBe("other");
    expect(there.add(1).backend).toBe("other");
    const mixed = there.add(here);
    expect(mixed.backend).toBe("reference");
    expect(Array.from(mixed.dataSync())).toEqual([11, 22]);
    expect((await there.to("reference")).backend).toBe("reference");
    expect(tl.withBackend("other", () => tensor([1]).backend)).toBe("other");
    expect(() =>
      tl.withBackend("other", () => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(tl.currentBackend().name).toBe("reference");
  });
  test("where the platform cannot tell tasks apart, one setting is put back", async () => {
    const { process: node } = globalThis;
    const before = node.getBuiltinModule;
    try {
      // As in a browser: a copy of the registry that finds no asynchronous context.
      Object.defineProperty(node, "getBuiltinModule", { value: undefined, configurable: true });
      vi.resetModules();
      const fresh = await import("../src/backend/registry.ts");
      for (const name of ["a", "b"]) await fresh.use({ ...reference(), name });
      expect(fresh.withBackend("a", () => fresh.currentBackend().name)).toBe("a");
      await fresh.withBackend("a", async () => {
        await Promise.resolve();
        expect(fresh.currentBackend().name).toBe("a");
      });
      expect(() =>
        fresh.withBackend("a", () => {
          throw new Error("mine");
        }),
      ).toThrow("mine");
      expect(fresh.currentBackend().name).toBe("b");
    } finally {
      Object.defineProperty(node, "getBuiltinModule", { value: before, configurable: true });
    }
  });
  test("a device backend is read asynchronously, and says so", async () => {
    const { readSync: _, ...device } = reference();
    await tl.use({ ...device, name: "device" });
    const x = tensor([1, 2]).mul(2);
    expect(() => x.dataSync()).toThrow(
      "dataSync: expected a tensor on a host backend, got one on device; try `await x.data()`",
    );
    expect(Array.from(await x.data())).toEqual([2, 4]);
    expect(x.toString()).toBe("Tensor(float32 [2] on device)");
    await tl.use("reference");
    expect(tensor([1, 2]).add(x).backend).toBe("device");
  });
});

describe("what outlives operations", () => {
  test("mapTensors reaches into arrays and plain objects, and no further", () => {
    class Holder {
      readonly x = tensor([1]);
    }
    const holder = new Holder();
    const mapped = tl.mapTensors({ a: [tensor([1]), 2], b: { c: tensor([3]) }, holder }, (t) =>
      t.add(1),
    );
    expect([(mapped.a[0] as tl.Tensor).item(), mapped.a[1], mapped.b.c.item()]).toEqual([2, 2, 4]);
    expect(mapped.holder).toBe(holder);
  });
  test("a parameter's constraint holds for whatever is assigned, and leaks nothing", () => {
    const w = new tl.Parameter(tensor([1, -2]), "w");
    w.constraint = (value) => value.relu();
    const before = tl.memory();
    w.assign(tensor([-3, 4]));
    expect(w.value.toString()).toBe("[0, 4]");
    w.constraint = (value) => value;
    w.assign(tensor([-3, 4]));
    expect(w.value.toString()).toBe("[-3,  4]");
    expect(tl.memory()).toEqual(before);
  });
  test("the global generator goes on from where it stood", () => {
    tl.random.seed(11);
    tl.random.uniform([2]);
    const state = tl.random.getState();
    const next = tl.random.normal([4]).toString();
    tl.random.seed(3);
    tl.random.setState(state);
    expect(tl.random.normal([4]).toString()).toBe(next);
    expect(() => tl.random.setState([-1, 0])).toThrow("setState: seed: expected a whole number");
  });
});
