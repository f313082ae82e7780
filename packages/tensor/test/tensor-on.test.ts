import { expect, test } from "vitest";
import { currentBackend, memory } from "../src/index.ts";
import { tensorOn } from "../src/backend/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

test("a tensor on memory that a backend already holds gives it back with its disposal", () => {
  const backend = currentBackend();
  const before = memory();
  const storage = backend.allocate(16);
  backend.write(storage, Float32Array.of(1, 2, 3, 4));
  const x = tensorOn(backend, storage, { shape: [2, 2], dtype: "float32" });
  const turned = x.transpose();
  expect(Array.from(turned.dataSync())).toEqual([1, 3, 2, 4]);
  turned.dispose();
  x.dispose();
  expect(memory().bytes).toBe(before.bytes);
});
