// Inner loops are exported so that nothing inlines them: V8 keeps their sums in registers only in functions of their own.
export { separable, weighByteRows, weighBytesDirect, weighFloatsDirect, weighNeighbours, weighPixels, weighRows } from "./separable";
export { storeBytes } from "./lanes";
export { correlate } from "./neighbourhood";
export { warp, warpBytes, warpFloats } from "./warp";
export {
  median, median3Bytes, median3Floats, median5Bytes, median5Floats, sortColumns3Bytes, sortColumns3Floats,
  sortColumns5Bytes, sortColumns5Floats,
} from "./median";
export { bilateral, planesOfBytes, planesOfFloats, weighAlike1, weighAlike3 } from "./bilateral";
export { separableBytes, weighNeighbourPairs, weighPixelPairs, weighRowPairs } from "./separable-bytes";
export { edges, markRidges, slopesOf, spread, steepest } from "./edges";
