import { runConformance } from "@tensorloom/conformance";
import { expect, test } from "vitest";
import { cpu, wasm } from "../src/index.ts";

runConformance(cpu, { name: "cpu" });
runConformance(() => wasm({ simd: "simd" }), { name: "wasm simd" });
// Node 20 has relaxed SIMD behind a flag: where it is not given, this build is skipped.
runConformance(() => wasm({ simd: "relaxed" }), { name: "wasm relaxed" });

test("the SIMD build runs on every supported engine", async () => {
  const backend = wasm({ simd: "simd" });
  await backend.initialize?.();
  expect(backend.info().features).toEqual(["simd"]);
  await backend.dispose();
});
