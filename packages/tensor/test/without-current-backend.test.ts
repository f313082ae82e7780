import { expect, test } from "vitest";
import { fromTypedArray, initializeBackend } from "../src/backend/index.ts";
import { backends, currentBackend, oneHot, pad } from "../src/index.ts";
import { reference } from "../src/reference/index.ts";

test("a backend can be initialised without becoming the current one, and operations follow their data there", async () => {
  let started = 0;
  const backend = {
    ...reference(),
    initialize: async () => {
      started++;
    },
  };
  await initializeBackend(backend);
  await initializeBackend(backend);
  expect(started).toBe(1);
  expect(backends()).toEqual([]);
  expect(() => currentBackend()).toThrow("got none");

  const x = fromTypedArray(Int32Array.of(1, 0), "int32", [2], backend);
  expect(Array.from(pad(x, [[1, 2]], 7).dataSync())).toEqual([7, 1, 0, 7, 7]);
  expect(Array.from(oneHot(x, 2).dataSync())).toEqual([0, 1, 1, 0]);
  expect(() => currentBackend()).toThrow("got none");
});
