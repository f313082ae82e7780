export { gemm, gemmBatch, gemmPacked, gemmWorkspace, packRight, packedBytes } from "./gemm";
export { convolutionWorkspace, convolve, convolveFilter, scatterPatches } from "./convolution";
export { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from "./depthwise";
export { pool, poolGradient } from "./pooling";
export { foldColumns, foldRows, indexRows } from "./reduce";
export { gather } from "./gather";
export { transpose } from "./transpose";

/** First byte that the caller may use: data segments lie below it. */
export function heapBase(): usize {
  return __heap_base;
}
