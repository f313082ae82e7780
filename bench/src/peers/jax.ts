// It asks for a browser's navigator, which Node 20 lacks.
(globalThis as { navigator?: object }).navigator ??= {};

export * as jax from "@jax-js/jax";
import { defaultDevice, init, numpy } from "@jax-js/jax";

/** Makes WebAssembly the device of jax-js. */
export async function useJax(): Promise<void> {
  await init("wasm");
  defaultDevice("wasm");
}

/** A jax-js array of float32. */
export function jaxArray(data: Float32Array, shape: readonly number[]): numpy.Array {
  return numpy.array(data).reshape([...shape]);
}
