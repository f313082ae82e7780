// TensorFlow.js' own specs, on the backend that the environment names. Bundled by run.mjs with one copy of tfjs-core, since
// Node refuses its imports without endings.
import * as tf from "@tensorflow/tfjs-core/dist/index.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
import { offerSoftwareAdapter } from "../../backend-gpu/test/software-adapter.ts";
import { register } from "@tensorloom/backend-tfjs/kernels";

const { SUITE_BACKEND: name } = process.env;
if (name === "tensorloom-webgpu") offerSoftwareAdapter();
const backendName = name.startsWith("tensorloom-")
  ? await register(tf, { backend: name.slice("tensorloom-".length) })
  : await registerTheirs(name);
setTestEnvs([{ name, backendName, isDataSync: name !== "tensorloom-webgpu" }]);

// Describes them; whoever imports this then runs them.
await import("@tensorflow/tfjs-core/dist/tests.js");

/** For calibration: an engine of TensorFlow.js itself. */
async function registerTheirs(engine) {
  if (engine === "cpu") await import("@tensorflow/tfjs-backend-cpu");
  else {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(process.env.SUITE_WASM_FILES);
  }
  return engine;
}
