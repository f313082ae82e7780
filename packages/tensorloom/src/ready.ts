import { cpu, wasm } from "@tensorloom/backend-cpu";
import { webgpu } from "@tensorloom/backend-gpu";
import { currentBackend, TensorloomError, use, type Backend } from "@tensorloom/tensor";

let pending: Promise<Backend> | undefined;

/**
 * Resolves to the best backend that this machine can run, and makes it the current one: in a browser with a GPU, WebGPU;
 * else WebAssembly; else plain TypeScript, with one warning that says why. Later calls change nothing.
 *
 * On WebGPU results are read with `await x.data()`; a page that wants `dataSync` calls `use(wasm())` instead.
 *
 * @example
 * (await ready()).name; // => wasm
 */
export function ready(): Promise<Backend> {
  pending ??= chooseBackend();
  return pending.then(() => currentBackend());
}

async function chooseBackend(): Promise<Backend> {
  const device = await gpuOfBrowser();
  if (device !== undefined) return use(device);
  try {
    return await use(wasm());
  } catch (error) {
    if (!(error instanceof TensorloomError)) throw error;
    // oxlint-disable-next-line no-console -- said once, since it costs the user speed
    console.warn(`tensorloom: running on plain TypeScript. ${error.message}`);
    return use(cpu());
  }
}

/**
 * Returns the WebGPU backend where it pays without being asked for. Not in Node: there it takes a package that need not be
 * installed, and servers rarely have a GPU. Not on an adapter that computes on the processor: wasm does that much faster.
 */
async function gpuOfBrowser(): Promise<Backend | undefined> {
  const { navigator, process } = globalThis as {
    readonly navigator?: { readonly gpu?: unknown };
    readonly process?: { readonly versions?: { readonly node?: string } };
  };
  if (navigator?.gpu === undefined || process?.versions?.node !== undefined) return undefined;
  const backend = webgpu();
  try {
    await backend.initialize?.();
  } catch (error) {
    if (!(error instanceof TensorloomError)) throw error;
    return undefined;
  }
  if (!backend.info().features.includes("software")) return backend;
  await backend.dispose();
  return undefined;
}
