import { runConformance } from "@tensorloom/conformance";
import { expect, test } from "vitest";
import { cpu, wasm } from "../src/index.ts";

runConformance(cpu, { name: "cpu" });
runConformance(() => wasm({ simd: "simd", threads: 1 }), { name: "wasm simd" });
runConformance(() => wasm({ simd: "simd", threads: 2 }), { name: "wasm simd, 2 threads" });
// Node 20 has relaxed SIMD behind a flag: where it is not given, this build is skipped.
runConformance(() => wasm({ simd: "relaxed", threads: 1 }), { name: "wasm relaxed" });
runConformance(() => wasm({ simd: "relaxed", threads: 3 }), { name: "wasm relaxed, 3 threads" });

test("the SIMD build runs on every supported engine", async () => {
  const backend = wasm({ simd: "simd", threads: 1 });
  await backend.initialize?.();
  expect(backend.info().features).toEqual(["simd"]);
  await backend.dispose();
});
