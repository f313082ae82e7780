export { gemm, gemmBatch, gemmPacked, gemmWorkspace, packRight, packedBytes } from "./gemm";
export { convolutionWorkspace, convolve, convolveFilter, scatterPatches } from "./convolution";
// The last three are exported so that nothing inlines them: V8 keeps their sums in registers only in functions of their own.
export {
  convolveDirect, convolveFilterDirect, directWorkspace, filterDirectWorkspace, multiplyInside, multiplyTaps, addProducts,
} from "./convolution-direct";
export { addNine, depthwise, depthwiseFilterGradient, depthwiseInputGradient } from "./depthwise";
export { maximaOf, maximumWithNaN, meansOf, pool, poolGradient } from "./pooling";
export { foldColumns, foldRows, indexColumns, indexRows, preciseExtreme, winnersOfColumns } from "./reduce";
export { addAlong, takeAlong } from "./along-axis";
export { gather } from "./gather";
export { transpose } from "./transpose";
export { transformInput, winograd, winogradFilter, winogradFilterBytes, winogradWorkspace } from "./winograd";

/** First byte that the caller may use: data segments lie below it. */
export function heapBase(): usize {
  return __heap_base;
}
