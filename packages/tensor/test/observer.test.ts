import { expect, test } from "vitest";
import { firstNonFinite, grad, matmul, memory, tensor } from "../src/index.ts";
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

test("the first kernel that made NaN is found, forwards and backwards, and the first that made an infinity", async () => {
  const x = tensor([[1, 0]]);
  const before = memory();
  let layer = "first";
  const found = await firstNonFinite(
    () => {
      const y = x.log();
      layer = "second";
      return y.mul(x).sum();
    },
    { where: () => layer },
  );
  expect(found).toEqual({
    infinity: { value: -Infinity, kernel: "map log(x0) to [1, 2]", where: "first" },
    nan: { value: Number.NaN, kernel: "map x0 * x1 to [1, 2]", where: "second" },
  });
  // The root of zero is finite, its slope is not.
  const backwards = await firstNonFinite(() => grad((v) => v.sqrt().mul(0).sum())(tensor([0])));
  expect(backwards.nan?.kernel).toBe("map x1 / (x2 * 2) to [1]");
  expect(await firstNonFinite(() => x.add(1))).toEqual({ nan: undefined, infinity: undefined });
  await expect(firstNonFinite(() => x.reshape([3]))).rejects.toThrow("reshape");
  expect(memory()).toEqual(before);
});
