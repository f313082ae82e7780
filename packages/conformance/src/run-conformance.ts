import type { Backend } from "@tensorloom/tensor/backend";
import { beforeAll, describe, expect, test } from "vitest";
import { pairWith, type ConformanceTest } from "./registry.ts";
import { conv } from "./suites/conv.ts";
import { gather } from "./suites/gather.ts";
import { gemm } from "./suites/gemm.ts";
import { map } from "./suites/map.ts";
import { pool } from "./suites/pool.ts";
import { reduce } from "./suites/reduce.ts";
import { scan } from "./suites/scan.ts";
import { sort } from "./suites/sort.ts";
import { storage } from "./suites/storage.ts";
import { families, type BackendFactory, type ConformanceOptions, type Family } from "./target.ts";

const suites = { storage, map, reduce, gemm, conv, pool, gather, scan, sort };

/** Returns the tests of some families, all by default: their ids are what `expectedFailures` may name. */
export function conformanceTests(only: readonly Family[] = families): readonly ConformanceTest[] {
  return only.flatMap((family) => suites[family].tests);
}

/** Returns the ids in `expectedFailures` that no test has. */
export function unknownIds(options: ConformanceOptions): string[] {
  const ids = new Set(conformanceTests().map(({ id }) => id));
  return Object.keys(options.expectedFailures ?? {}).filter((id) => !ids.has(id));
}

/**
 * Registers with vitest the tests that every backend must pass, a group for each kernel family. Call it at the top level
 * of a test file.
 *
 * Where the factory gives null, the tests are skipped by name; with TENSORLOOM_REQUIRE_BACKENDS=1 they fail instead.
 *
 * @param factory - makes the backend; null where this machine cannot run it
 * @param options - name, families, tolerance, declared gaps
 *
 * @example
 * import { runConformance } from "@tensorloom/conformance";
 * import { cpu } from "@tensorloom/backend-cpu";
 * typeof runConformance; // => function
 */
export function runConformance(factory: BackendFactory, options: ConformanceOptions = {}): void {
  const { name = "backend", only = families, tolerance = 1, expectedFailures = {} } = options;
  describe(`conformance: ${name}`, () => {
    let backend: Backend | null = null;
    beforeAll(async () => {
      backend = await factory();
      await backend?.initialize?.();
      if (backend === null && isRequired()) {
        throw new Error(`conformance: ${name}: required here, but this machine cannot run it`);
      }
    });
    test("declared gaps name tests", () => {
      expect(unknownIds(options)).toEqual([]);
    });
    for (const family of only) {
      describe(family, () => {
        for (const { id, run } of conformanceTests([family])) {
          const reason = expectedFailures[id];
          const register = reason === undefined ? test : test.fails;
          register(reason === undefined ? id : `${id} (declared gap: ${reason})`, async ({ skip }) => {
            if (backend === null) return skip(`${name} cannot run on this machine`);
            await run(pairWith(backend, tolerance));
          });
        }
      });
    }
  });
}

function isRequired(): boolean {
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } };
  return (process?.env["TENSORLOOM_REQUIRE_BACKENDS"] ?? "") !== "";
}
