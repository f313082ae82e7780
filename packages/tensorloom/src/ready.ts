import { cpu, wasm } from "@tensorloom/backend-cpu";
import { currentBackend, TensorloomError, use, type Backend } from "@tensorloom/tensor";

let pending: Promise<Backend> | undefined;

/**
 * Resolves to the best backend that this machine can run, and makes it the current one: WebAssembly, else plain
 * TypeScript, with one warning that says why. Later calls change nothing.
 *
 * @example
 * (await ready()).name; // => wasm
 */
export function ready(): Promise<Backend> {
  pending ??= chooseBackend();
  return pending.then(() => currentBackend());
}

async function chooseBackend(): Promise<Backend> {
  try {
    return await use(wasm());
  } catch (error) {
    if (!(error instanceof TensorloomError)) throw error;
    // oxlint-disable-next-line no-console -- said once, since it costs the user speed
    console.warn(`tensorloom: running on plain TypeScript. ${error.message}`);
    return use(cpu());
  }
}
