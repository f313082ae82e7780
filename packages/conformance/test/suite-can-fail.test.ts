import { reference } from "@tensorloom/tensor/reference";
import type { Backend, KernelName } from "@tensorloom/tensor/backend";
import { describe, expect, test } from "vitest";
import { conformanceTests, families, unknownIds } from "../src/index.ts";
import { pairWith } from "../src/registry.ts";

const kernels: Record<string, KernelName> = {
  map: "map",
  reduce: "reduce",
  gemm: "gemm",
  conv: "convFilterGradient",
  pool: "poolGradient",
  gather: "scatterAdd",
  scan: "scan",
  sort: "sort",
  custom: "custom",
  gradients: "convInputGradient",
};

/** The reference with one kernel that leaves its output as it was. */
function withBroken(kernel: KernelName): Backend {
  return { ...reference(), [kernel]: () => undefined };
}

async function failures(backend: Backend, family: (typeof families)[number]): Promise<number> {
  let failed = 0;
  for (const { run } of conformanceTests([family])) {
    try {
      await run(pairWith(backend, 1));
    } catch {
      failed++;
    }
  }
  return failed;
}

describe("the suite itself", () => {
  test("ids are unique", () => {
    const ids = conformanceTests().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("the reference passes it", async () => {
    for (const family of ["reduce", "gemm", "scan"] as const) {
      expect(await failures(reference(), family), family).toBe(0);
    }
  });

  for (const [family, kernel] of Object.entries(kernels)) {
    test(`a broken ${kernel} is noticed`, async () => {
      expect(await failures(withBroken(kernel), family as "map")).toBeGreaterThan(0);
    });
  }

  test("an error of one element in many is noticed", async () => {
    const good = reference();
    const backend: Backend = {
      ...good,
      gemm(call) {
        good.gemm(call);
        const { storage, offset } = call.output;
        const array = (storage as unknown as { array(dtype: string): Float32Array }).array(
          "float32",
        );
        if (call.output.shape.at(-1)! > 60) array[offset + 60]! += 0.01;
      },
    };
    expect(await failures(backend, "gemm")).toBeGreaterThan(0);
  });

  test("memory that is handed out twice is noticed", async () => {
    const good = reference();
    const shared = good.allocate(4096);
    const backend: Backend = { ...good, allocate: () => shared };
    expect(await failures(backend, "storage")).toBeGreaterThan(0);
  });

  test("a declared gap that names no test is reported", () => {
    const expectedFailures = { "gemm/no such test": "a typing error", "gemm/batches": "real" };
    expect(unknownIds({ expectedFailures })).toEqual(["gemm/no such test"]);
  });
});
