import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { withoutWorkerGlobal } from "./worker-global.ts";

/** Makes one of TensorFlow.js's backends its current one. */
export async function useTfjs(name: "wasm" | "cpu"): Promise<void> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("@tensorflow/tfjs-backend-wasm/package.json");
  setWasmPaths(`${path.join(path.dirname(entry), "wasm-out")}${path.sep}`);
  await withoutWorkerGlobal(async () => {
    await tf.setBackend(name);
    await tf.ready();
  });
}
