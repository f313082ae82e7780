// Compiles assembly/ to WebAssembly SIMD, as base64 in src/wasm/kernels.generated.ts. The module has no memory of its own: it
// runs on that of the wasm backend, as custom kernels do.
import asc from "assemblyscript/asc";
import { embedAssembly } from "../../../tools/embed-assembly.mjs";

await embedAssembly(asc, {
  script: "scripts/embed-wasm.mjs",
  file: "kernels.generated.ts",
  constant: "kernels",
  flags: ["--noExportMemory"],
});
