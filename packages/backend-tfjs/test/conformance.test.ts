import { runConformance } from "@tensorloom/conformance";
import { tfjs } from "../src/index.ts";

runConformance(() => tfjs({ engine: "cpu" }), { name: "tfjs cpu" });
runConformance(() => tfjs({ engine: "wasm" }), { name: "tfjs wasm" });
