export {
  gemmF32, gemmF64, gemmI32, gemmWorkspace, patchGemmF32, patchTransposedGemmF32,
} from "./gemm";
export { runSteps } from "./map";

/** First byte that the caller may use: data segments lie below it. */
export function heapBase(): usize {
  return __heap_base;
}
