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
      expect(values.every((x) => x === i + round), `round ${round}, block ${i}`).toBe(true);
    }
    for (const view of views) backend.free(view.storage);
  }
});
