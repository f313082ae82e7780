// Compiles assembly/ to WebAssembly SIMD, as base64 in src/wasm/kernels.generated.ts. The module has no memory of its own: it
// runs on that of the wasm backend, as custom kernels do.
import { writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";
import { embedAssembly } from "../../../tools/embed-assembly.mjs";
import { medianNetworks } from "./median-networks.mjs";

await writeFile("assembly/median-networks.generated.ts", medianNetworks());
await embedAssembly(asc, {
  script: "scripts/embed.mjs",
  file: "kernels.generated.ts",
  constant: "kernels",
  flags: ["--noExportMemory"],
});
