import { expression } from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { arrange, Placer } from "../arrangement.ts";
import { Suite } from "../registry.ts";

/** Memory: what is written is read, in order, and copies stay copies. */
export const storage: Suite = new Suite("storage");

storage.test("write then read", async ({ backend }) => {
  const place = new Placer(backend);
  for (const dtype of backend.dtypes) {
    const values = dtype === "bool" ? [1, 0, 1] : [1, 2, 3];
    const view = place.input(arrange(values, [3], dtype));
    expect(await place.read(view), dtype).toEqual(values);
  }
});

storage.test("read part", async ({ backend }) => {
  const view = new Placer(backend).input(arrange([1, 2, 3, 4, 5], [5], "float32"));
  expect(Array.from(await backend.read(view.storage, "float32", 1, 3))).toEqual([2, 3, 4]);
});

storage.test("zero bytes", async ({ backend }) => {
  const empty = backend.allocate(0);
  expect((await backend.read(empty, "float32", 0, 0)).length).toBe(0);
  backend.free(empty);
});

storage.test("read sees earlier kernels and copies", async ({ backend }) => {
  const place = new Placer(backend);
  const x = place.input(arrange([1, 2], [2], "float32"));
  const y = place.output("float32", [2]);
  const twice = expression((a) => a.mul(2));
  const thrice = expression((a) => a.mul(3));
  backend.map({ expression: twice, inputs: [x], parameters: [], outputs: [y] });
  const first = backend.read(y.storage, "float32", 0, 2);
  backend.map({ expression: thrice, inputs: [x], parameters: [], outputs: [y] });
  expect(Array.from(await first)).toEqual([2, 4]);
  expect(await place.read(y)).toEqual([3, 6]);
});

storage.test("freed memory is reused without mixing", async ({ backend }) => {
  const place = new Placer(backend);
  for (let round = 0; round < 50; round++) {
    const views = Array.from({ length: 8 }, (_, i) =>
      place.input(arrange(new Float32Array(1 + i * 37).fill(i + round), [1 + i * 37], "float32")),
    );
    for (const [i, view] of views.entries()) {
      const values = await place.read(view);
      expect(
        values.every((x) => x === i + round),
        `round ${round}, block ${i}`,
      ).toBe(true);
    }
    for (const view of views) backend.free(view.storage);
  }
});

storage.test(
  "write takes a part of a buffer, and fills a part of a storage",
  async ({ backend }) => {
    const target = backend.allocate(6 * 4);
    backend.write(target, Float32Array.of(1, 2, 3, 4, 5, 6));
    backend.write(target, Float32Array.of(7, 8, 9, 10).subarray(1, 3));
    expect(Array.from(await backend.read(target, "float32", 0, 6))).toEqual([8, 9, 3, 4, 5, 6]);
    backend.free(target);
  },
);

storage.test("write and read copy", async ({ backend }) => {
  const target = backend.allocate(8);
  const given = Int32Array.of(1, 2);
  backend.write(target, given);
  given.fill(9);
  const first = await backend.read(target, "int32", 0, 2);
  first.fill(5);
  expect(Array.from(await backend.read(target, "int32", 0, 2))).toEqual([1, 2]);
  backend.free(target);
});

storage.test("readSync, where there is one, reads the same", async ({ backend }) => {
  if (backend.readSync === undefined) return;
  const place = new Placer(backend);
  const x = place.input(arrange([1, 2, 3], [3], "float32"));
  const y = place.output("float32", [3]);
  const f = expression((a) => a.add(1));
  backend.map({ expression: f, inputs: [x], parameters: [], outputs: [y] });
  expect(Array.from(backend.readSync(y.storage, "float32", 1, 2))).toEqual([3, 4]);
  place.free();
});

storage.test("synchronize resolves, and info is filled in", async ({ backend }) => {
  await backend.synchronize();
  const { threads, features, notes } = backend.info();
  expect(threads).toBeGreaterThanOrEqual(1);
  expect([features, notes].every(Array.isArray)).toBe(true);
  expect(backend.dtypes).toEqual(expect.arrayContaining(["float32", "int32", "uint8", "bool"]));
});
