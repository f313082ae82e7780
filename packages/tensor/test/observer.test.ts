import { expect, test } from "vitest";
import { matmul, tensor } from "../src/index.ts";
import { observeKernels } from "../src/backend/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

test("an observer sees every kernel call, and can end", () => {
  const seen: string[] = [];
  const before = observeKernels({
    observe(kernel, call, backend, run) {
      seen.push(`${kernel} on ${backend.name}${"operator" in call ? ` ${call.operator}` : ""}`);
      run();
    },
  });
  const x = tensor([[1, 2]]);
  expect(matmul(x, x.transpose()).add(1).sum().item()).toBe(6);
  observeKernels(before);
  x.add(1);
  expect(seen).toEqual(["gemm on reference", "map on reference", "reduce on reference sum"]);
});
