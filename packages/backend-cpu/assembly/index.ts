export { gemm, gemmWorkspace } from "./gemm";
export { runSteps } from "./map";

/** First byte that the caller may use: data segments lie below it. */
export function heapBase(): usize {
  return __heap_base;
}
