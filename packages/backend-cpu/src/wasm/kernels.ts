import { BackendError } from "@tensorloom/tensor/backend";
import { relaxedKernels } from "./relaxed-kernels.generated.ts";
import { simdKernels } from "./simd-kernels.generated.ts";

/** Which build runs: with fused multiply-add, or without. */
export type SimdBuild = "relaxed" | "simd";

/** A kernel that only threads call: see its source for the arguments. */
type Kernel = (...args: readonly number[]) => void;

/** What the WebAssembly module exports; see assembly/. Addresses are in bytes, strides in elements. */
export interface WasmKernels {
  /** The first address that is not the module's own. */
  heapBase(): number;
  /** Bytes of working memory for {@link WasmKernels.gemm}. */
  gemmWorkspace(n: number, k: number): number;
  /** Multiplies float32 matrices; the arguments of this and the following are in assembly/gemm.ts. */
  gemm: Kernel;
  /** Multiplies matrices one after another. */
  gemmBatch: Kernel;
  /** Multiplies by a right operand that has been packed. */
  gemmPacked: Kernel;
  /** Packs columns of a right operand. */
  packRight: Kernel;
  /** Bytes that a right operand has when it is packed. */
  packedBytes(n: number, k: number): number;
  /** Bytes of working memory for the convolutions: depth `k`, `n` columns, and elements a line of the window. */
  convolutionWorkspace(n: number, k: number, lineLength: number): number;
  /** Multiplies patches by a filter: see assembly/convolution.ts. */
  convolve: Kernel;
  /** Multiplies transposed patches by a gradient. */
  convolveFilter: Kernel;
  /** The same two without packing, for few output channels: see assembly/convolution-direct.ts. */
  convolveDirect: Kernel;
  /** The gradient to the filter. */
  convolveFilterDirect: Kernel;
  /** Bytes of working memory for {@link WasmKernels.convolveDirect}. */
  directWorkspace(n: number, k: number, taps: number, channels: number): number;
  /** Bytes of working memory for {@link WasmKernels.convolveFilterDirect}. */
  filterDirectWorkspace(n: number, elements: number, lineElements: number): number;
  /** 3x3 convolutions by fewer products: see assembly/winograd.ts. */
  winograd: Kernel;
  /** Transforms a filter for that. */
  winogradFilter: Kernel;
  /** Bytes of a transformed filter. */
  winogradFilterBytes(n: number, c: number): number;
  /** Bytes of working memory for {@link WasmKernels.winograd}. */
  winogradWorkspace(n: number, c: number, block: number): number;
  /** Adds patches back to an image. */
  scatterPatches: Kernel;
  /** Convolves each channel by itself: see assembly/depthwise.ts. */
  depthwise: Kernel;
  /** The gradient of that to the input. */
  depthwiseInputGradient: Kernel;
  /** The gradient of that to the filter. */
  depthwiseFilterGradient: Kernel;
  /** Pools: see assembly/pooling.ts. */
  pool: Kernel;
  /** The gradient of pooling. */
  poolGradient: Kernel;
  /** Takes elements by index, and adds them: see assembly/along-axis.ts. */
  takeAlong: Kernel;
  /** Adds elements by index. */
  addAlong: Kernel;
  /** Folds each row: 0 sums, 1 takes the largest, 2 the smallest. */
  foldRows(operator: number, from: number, rows: number, n: number, output: number): void;
  /** Finds each row's largest or smallest. */
  indexRows(isLargest: number, from: number, rows: number, n: number, output: number): void;
  /** Finds each column's largest or smallest. */
  indexColumns(isLargest: number, from: number, rows: number, n: number, output: number): void;
  /** Folds each column. */
  foldColumns(operator: number, from: number, rows: number, n: number, output: number): void;
  /** Swaps two axes of a matrix of words. */
  transpose(
    from: number,
    fromStep: number,
    output: number,
    outputStep: number,
    rows: number,
    columns: number,
  ): void;
  /** Copies elements of a strided view together. */
  gather(out: number, base: number, view: number, begin: number, n: number, shift: number): void;
}

/** The kernels, ready to be called. */
export interface LoadedKernels {
  readonly kernels: WasmKernels;
  /** What other threads instantiate. */
  readonly module: WebAssembly.Module;
  readonly build: SimdBuild;
}

const builds: Readonly<Record<SimdBuild, string>> = {
  relaxed: relaxedKernels,
  simd: simdKernels,
};

/**
 * Compiles the best build that this engine accepts, on `memory`.
 *
 * @param wanted - a build to insist on
 * @throws `BackendError` `BACKEND_UNAVAILABLE` if there is no WebAssembly, no SIMD, or not the build wanted
 */
export async function loadKernels(
  memory: WebAssembly.Memory,
  wanted: SimdBuild | undefined,
): Promise<LoadedKernels> {
  const candidates: readonly SimdBuild[] = wanted === undefined ? ["relaxed", "simd"] : [wanted];
  for (const build of candidates) {
    const bytes = decode(builds[build]);
    if (!WebAssembly.validate(bytes)) continue;
    try {
      const isShared = isSharedMemory(memory);
      const module = await WebAssembly.compile(isShared ? importingShared(bytes) : bytes);
      const instance = await WebAssembly.instantiate(module, { env: { memory } });
      return { kernels: instance.exports as unknown as WasmKernels, module, build };
    } catch (cause) {
      throw new BackendError(
        "backend wasm: expected WebAssembly to compile, got a refusal; a page's Content-Security-Policy must allow " +
          "script-src 'wasm-unsafe-eval'; or use cpu()",
        { unavailable: true, cause },
      );
    }
  }
  const lacking = wanted === "relaxed" ? "relaxed SIMD" : "SIMD";
  throw new BackendError(
    `backend wasm: expected an engine with WebAssembly ${lacking}, got one without; ` +
      (wanted === "relaxed" ? 'try wasm({ simd: "simd" })' : "use cpu()"),
    { unavailable: true },
  );
}

/** Tells whether threads share a memory. */
export function isSharedMemory(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
}

/** The same module for a shared memory: one flag differs, in the import of `env.memory`. */
export function importingShared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [3, ...Array.from("env", codeOf), 6, ...Array.from("memory", codeOf), 2];
  const at = bytes.findIndex((_, i) => name.every((byte, k) => bytes[i + k] === byte));
  const shared = bytes.slice();
  // Limits with a maximum: 1; shared besides: 3.
  shared[at + name.length] = 3;
  return shared;
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}

/** Throws `BackendError` `BACKEND_UNAVAILABLE` where WebAssembly is switched off. */
export function checkWebAssembly(): void {
  if (typeof WebAssembly === "object") return;
  throw new BackendError(
    "backend wasm: expected an engine with WebAssembly, got one without (node --jitless?); use cpu()",
    { unavailable: true },
  );
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
