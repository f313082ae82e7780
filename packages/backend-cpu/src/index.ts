export { cpu } from "./cpu-backend.ts";
export { wasm, type WasmOptions } from "./wasm-backend.ts";
export type { SimdBuild } from "./wasm/kernels.ts";
