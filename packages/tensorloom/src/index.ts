export { ready } from "./ready.ts";
export { cpu, wasm, type WasmOptions } from "@tensorloom/backend-cpu";
export { webgpu, type WebGpuBackend, type WebGpuOptions } from "@tensorloom/backend-gpu";
export * from "@tensorloom/tensor";
export * from "@tensorloom/optim";
export * from "@tensorloom/nn";
export * from "@tensorloom/classic";
export * from "@tensorloom/vision";
export * from "@tensorloom/data";
// Names that two packages have: here they are the tensor operations, and scikit-learn's.
export { flip, pad } from "@tensorloom/tensor";
export { flip as flipImage, pad as padImage } from "@tensorloom/vision";
export { crossValidate } from "@tensorloom/classic";
export { crossValidate as crossValidateNetwork } from "@tensorloom/nn";
