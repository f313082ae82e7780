import { createRequire } from "node:module";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { cpu } from "@tensorloom/backend-cpu";
import { register } from "@tensorloom/backend-tfjs/kernels";
import { loadDigits } from "@tensorloom/data";
import { use } from "@tensorloom/tensor";
import { trainAndPredict, type Digits } from "./digits-cnn.ts";

const epochs = 2;

/** What TensorFlow.js needs to find its WASM engine's files in Node. */
function nameWasmFiles(): void {
  const entry = createRequire(import.meta.url).resolve(
    "@tensorflow/tfjs-backend-wasm/package.json",
  );
  setWasmPaths(path.join(path.dirname(entry), "wasm-out/"));
}

/** Says how a backend did, or what it throws. */
async function lineOf(backend: string, digits: Digits): Promise<string> {
  await tf.setBackend(backend);
  try {
    const { training, prediction, accuracy } = await trainAndPredict(digits, epochs);
    return (
      `${backend}: ${epochs} epochs in ${(training / 1000).toFixed(2)} s, ` +
      `all ${digits.labels.length} digits read in ${prediction.toFixed(1)} ms, ` +
      `${(100 * accuracy).toFixed(1)} % of them rightly`
    );
  } catch (error) {
    return `${backend}: training throws "${(error as Error).message}"`;
  }
}

async function digitsOfData(): Promise<Digits> {
  await use(cpu());
  const { data, target } = await loadDigits();
  const pixels = (await data.data()) as Float32Array;
  return { pixels: pixels.map((value) => value / 16), labels: (await target.data()) as Int32Array };
}

nameWasmFiles();
const digits = await digitsOfData();
// All that changes for a program of TensorFlow.js: an import, and the name.
const ours = await register(tf, { backend: "wasm" });
for (const backend of ["wasm", "cpu", ours]) {
  process.stdout.write(`${await lineOf(backend, digits)}\n`);
}
// Threads that wait keep nothing alive; TensorFlow.js' engines may.
process.exit(0);
