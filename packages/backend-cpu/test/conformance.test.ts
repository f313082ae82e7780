import { runConformance } from "@tensorloom/conformance";
import { cpu, wasm } from "../src/index.ts";

runConformance(cpu, { name: "cpu" });

for (const simd of ["simd", "relaxed"] as const) {
  runConformance(
    async () => {
      const backend = wasm({ simd });
      try {
        await backend.initialize?.();
        return backend;
      } catch {
        // Node 20 has no relaxed SIMD: this build is tested where it can run.
        if (simd === "relaxed") return null;
        throw new Error("the SIMD build runs on every supported engine");
      }
    },
    { name: `wasm ${simd}` },
  );
}
