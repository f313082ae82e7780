import { expression, type Backend } from "@tensorloom/tensor/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Placer } from "./arrangement.ts";
import { lacking, pairWith, type ConformanceTest, type Pair } from "./registry.ts";
import { conv } from "./suites/conv.ts";
import { custom } from "./suites/custom.ts";
import { gather } from "./suites/gather.ts";
import { gemm } from "./suites/gemm.ts";
import { gradients } from "./suites/gradients.ts";
import { addHalfFloats } from "./suites/half-floats.ts";
import { map } from "./suites/map.ts";
import { pool } from "./suites/pool.ts";
import { reduce } from "./suites/reduce.ts";
import { rows } from "./suites/rows.ts";
import { scan } from "./suites/scan.ts";
import { sort } from "./suites/sort.ts";
import { storage } from "./suites/storage.ts";
import { Summary } from "./summary.ts";
import { families, type BackendFactory, type ConformanceOptions, type Family } from "./target.ts";

const suites = {
  ...{ storage, map, reduce, rows, gemm, conv, pool, gather, scan, sort, custom, gradients },
};

addHalfFloats(suites);

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
 * At the end it prints what passed of each family, and names what was skipped and the declared gaps.
 *
 * Where the machine cannot run the backend, the tests are skipped by name; with TENSORLOOM_REQUIRE_BACKENDS=1 they fail
 * instead. The backend is disposed at the end.
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
  const { name = "backend", only = families, tolerance, expectedFailures = {} } = options;
  describe(`conformance: ${name}`, () => {
    let pair: Pair | string = "not made yet";
    const summary = new Summary(name);
    beforeAll(async () => {
      const made = await make(factory);
      if (typeof made === "string") {
        if (isRequired()) throw new Error(`conformance: ${name}: required here, but ${made}`);
        pair = made;
      } else {
        pair = pairWith(made, tolerance, await keepsSubnormals(made));
      }
    });
    afterAll(async () => {
      if (typeof pair !== "string") await pair.backend.dispose();
      print(summary.text());
    });
    test("declared gaps name tests", () => {
      expect(unknownIds(options)).toEqual([]);
    });
    for (const family of only) {
      describe(family, () => {
        for (const { id, needs, run } of conformanceTests([family])) {
          const reason = expectedFailures[id];
          const register = reason === undefined ? test : test.fails;
          register(
            reason === undefined ? id : `${id} (declared gap: ${reason})`,
            async ({ skip }) => {
              const lacks = typeof pair === "string" ? pair : lacking(pair, needs);
              if (typeof pair === "string" || lacks !== undefined) {
                summary.skipped(family, lacks!);
                return skip(`${name}: ${lacks}`);
              }
              if (reason === undefined) summary.ran(family);
              else summary.declared(family, id, reason);
              await run(pair);
              summary.passed(family);
            },
          );
        }
      });
    }
  });
}

/** Makes and initialises the backend; resolves to why not, where the machine cannot run it. */
async function make(factory: BackendFactory): Promise<Backend | string> {
  try {
    const backend = await factory();
    await backend?.initialize?.();
    return backend ?? "this machine cannot run it";
  } catch (error) {
    // Not instanceof: two copies of the tensor package have two classes.
    if ((error as { code?: unknown } | undefined)?.code !== "BACKEND_UNAVAILABLE") throw error;
    return `this machine cannot run it: ${(error as Error).message}`;
  }
}

/** Tells whether numbers below the smallest normal one survive a multiplication. */
async function keepsSubnormals(backend: Backend): Promise<boolean> {
  const place = new Placer(backend);
  const physical = Float32Array.of(2 ** -140);
  const x = place.input({ dtype: "float32", shape: [1], strides: [1], offset: 0, physical });
  const output = place.output("float32", [1]);
  const half = expression((element) => element.mul(0.5));
  try {
    backend.map({ expression: half, inputs: [x], parameters: [], outputs: [output] });
    return (await place.read(output))[0] !== 0;
  } catch {
    // A backend whose map is not there yet: the map tests say so better.
    return true;
  } finally {
    place.free();
  }
}

function isRequired(): boolean {
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } };
  return process?.env["TENSORLOOM_REQUIRE_BACKENDS"] === "1";
}

/** This package is compiled without DOM and Node types. */
function print(text: string): void {
  const { console } = globalThis as unknown as { console: { info(line: string): void } };
  console.info(text);
}
