import * as tl from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { webgpu } from "../src/index.ts";
import { lacksWebGpu, named } from "./with-webgpu.ts";

// A host checks indices; a device cannot without waiting, and counts and clamps them in a kernel.
describe.skipIf(lacksWebGpu)(named("indices"), () => {
  beforeAll(async () => {
    await tl.use(webgpu());
  });
  const int = (values: number[]): tl.Tensor => tl.tensor(Int32Array.from(values));
  const elementsOf = async (x: tl.Tensor): Promise<number[]> => Array.from(await x.data());

  test("negative ones count from the end", async () => {
    const x = tl.tensor([10, 20, 30]);
    expect(await elementsOf(tl.gather(x, int([-1, 0, -3])))).toEqual([30, 10, 10]);
    expect(await elementsOf(tl.takeAlongAxis(x, int([-2, 2]), 0))).toEqual([20, 30]);
    const added = tl.scatterAdd(x, int([-1, -1, 0]), tl.tensor([1, 2, 4]));
    expect(await elementsOf(added)).toEqual([14, 20, 33]);
  });
  test("and so do their gradients", async () => {
    const gradient = tl.grad((x) => tl.gather(x, int([-1, 0, -1])).sum())(tl.ones([3]));
    expect(await elementsOf(gradient)).toEqual([1, 0, 2]);
  });
  test("what is out of range is the nearest element, never what lies beside in memory", async () => {
    const x = tl.tensor([10, 20, 30, 40]).slice([1], [3]);
    expect(await elementsOf(tl.gather(x, int([2, 99, -3, -99])))).toEqual([30, 30, 20, 20]);
  });
  test("an axis without elements has none", () => {
    expect(() => tl.gather(tl.zeros([0]), int([0]))).toThrow(/gather: indices: expected none/);
  });
});
