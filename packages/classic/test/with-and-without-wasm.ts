import { vi } from "vitest";

/** What `run` gives with WebAssembly, and where the platform has none. */
export function withAndWithoutWasm<T>(run: () => T): [T, T] {
  const inWasm = run();
  vi.stubGlobal("WebAssembly", undefined);
  try {
    return [inWasm, run()];
  } finally {
    vi.unstubAllGlobals();
  }
}

/** The same of what takes its time. */
export async function withAndWithoutWasmAsync<T>(run: () => Promise<T>): Promise<[T, T]> {
  const inWasm = await run();
  vi.stubGlobal("WebAssembly", undefined);
  try {
    return [inWasm, await run()];
  } finally {
    vi.unstubAllGlobals();
  }
}
