// It asks for a browser's navigator, which Node 20 lacks.
(globalThis as { navigator?: object }).navigator ??= {};

export * as jax from "@jax-js/jax";
import { defaultDevice, init, numpy } from "@jax-js/jax";

/** Makes WebAssembly, or in a page WebGPU, the device of jax-js. */
export async function useJax(device: "wasm" | "webgpu" = "wasm"): Promise<void> {
  await init(device);
  defaultDevice(device);
}

/** A jax-js array of float32. */
export function jaxArray(data: Float32Array, shape: readonly number[]): numpy.Array {
  return numpy.array(data).reshape([...shape]);
}
