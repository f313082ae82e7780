import type * as tfjs from "@tensorflow/tfjs-core";
import { ArgumentError, BackendError } from "@tensorloom/tensor/backend";

/** tfjs-core, as a namespace. */
export type Tf = typeof tfjs;

/** The engines of TensorFlow.js that can be asked for. */
export type EngineName = "cpu" | "wasm" | "webgpu";

const engineNames: readonly EngineName[] = ["cpu", "wasm", "webgpu"];

/** Returns `name` if there is such an engine. */
export function checkEngine(name: unknown): EngineName {
  const found = engineNames.find((engine) => engine === name);
  if (found !== undefined) return found;
  throw new ArgumentError(
    `tfjs: engine: expected one of ${engineNames.join(", ")}, got ${String(name)}`,
  );
}

/** Loads tfjs-core and one engine, and makes it tfjs-core's own. Rejects with a BackendError where that fails. */
export async function loadEngine(name: EngineName): Promise<Tf> {
  try {
    const tf = await import("@tensorflow/tfjs-core");
    if (name === "cpu") await import("@tensorflow/tfjs-backend-cpu");
    else if (name === "wasm") await loadWasm();
    else await import("@tensorflow/tfjs-backend-webgpu");
    await selectEngine(tf, name);
    return tf;
  } catch (cause) {
    const remedy =
      name === "webgpu"
        ? "a browser with WebGPU, or in Node `navigator.gpu` of the package webgpu before the engine is first used"
        : `\`npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-${name}\``;
    throw new BackendError(
      `tfjs: engine: expected TensorFlow.js' ${name} engine to start, got "${(cause as Error).message}"; try ${remedy}`,
      { cause, unavailable: true },
    );
  }
}

async function selectEngine(tf: Tf, name: EngineName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`tf.setBackend("${name}") gave false`);
  await tf.ready();
}

/** Imports the engine, and in Node tells it where its files lie. */
async function loadWasm(): Promise<void> {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): unknown };
  };
  const module = process?.getBuiltinModule?.("node:module") as
    { createRequire(from: string): { resolve(name: string): string } } | undefined;
  // In browsers the page says where the files lie, through tfjs' own setWasmPaths.
  if (module === undefined) return;
  const entry = module.createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(entry.replace(/dist[/\\][^/\\]+$/, "wasm-out/"));
}
