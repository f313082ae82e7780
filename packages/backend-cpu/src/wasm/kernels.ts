import { BackendError } from "@tensorloom/tensor/backend";
import { relaxedKernels } from "./relaxed-kernels.generated.ts";
import { simdKernels } from "./simd-kernels.generated.ts";

/** Which build runs: with fused multiply-add, or without. */
export type SimdBuild = "relaxed" | "simd";

/** What the WebAssembly module exports; see assembly/. Addresses are in bytes, strides in elements. */
export interface WasmKernels {
  /** The first address that is not the module's own. */
  heapBase(): number;
  /** Bytes of working memory for {@link WasmKernels.gemm}. */
  gemmWorkspace(n: number, k: number): number;
  /** Multiplies float32 matrices. */
  gemm(
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    bColumn: number,
    c: number,
    cRow: number,
    m: number,
    n: number,
    k: number,
    isSum: number,
    workspace: number,
  ): void;
  /** Bytes of working memory for the convolutions: depth `k`, `n` columns, and elements a line of the window. */
  convolutionWorkspace(n: number, k: number, lineLength: number): number;
  /** Multiplies patches by a filter. */
  convolve(
    input: number,
    filter: number,
    filterRow: number,
    output: number,
    outputRow: number,
    firstRow: number,
    rows: number,
    n: number,
    k: number,
    geometry: number,
    workspace: number,
  ): void;
  /** Multiplies transposed patches by a gradient. */
  convolveFilter(
    input: number,
    gradient: number,
    gradientRow: number,
    filter: number,
    filterRow: number,
    positions: number,
    n: number,
    k: number,
    geometry: number,
    workspace: number,
  ): void;
  /** Adds patches back to an image. */
  scatterPatches(
    patches: number,
    output: number,
    firstRow: number,
    rows: number,
    geometry: number,
  ): void;
  /** Convolves each channel by itself. */
  depthwise(
    input: number,
    filter: number,
    output: number,
    rows: number,
    table: number,
    geometry: number,
  ): void;
  /** Adds to the input's gradient, or to the filter's. */
  depthwiseGradient(
    input: number,
    filter: number,
    gradient: number,
    rows: number,
    toFilter: number,
    table: number,
    geometry: number,
  ): void;
  /** Pools. */
  pool(
    input: number,
    output: number,
    rows: number,
    isMax: number,
    countPadding: number,
    table: number,
    geometry: number,
  ): void;
  /** Adds the gradient of pooling. */
  poolGradient(
    input: number,
    gradient: number,
    output: number,
    rows: number,
    isMax: number,
    countPadding: number,
    table: number,
    geometry: number,
  ): void;
  /** Folds each row: 0 sums, 1 takes the largest, 2 the smallest. */
  foldRows(operator: number, from: number, rows: number, n: number, output: number): void;
  /** Finds each row's largest or smallest. */
  indexRows(isLargest: number, from: number, rows: number, n: number, output: number): void;
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
): Promise<{ kernels: WasmKernels; build: SimdBuild }> {
  const candidates: readonly SimdBuild[] = wanted === undefined ? ["relaxed", "simd"] : [wanted];
  for (const build of candidates) {
    const bytes = decode(builds[build]);
    if (!WebAssembly.validate(bytes)) continue;
    try {
      const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
      return { kernels: instance.exports as unknown as WasmKernels, build };
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
