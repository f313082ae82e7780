export {
  anchorKMeans,
  type AnchorClusters,
  type AnchorKMeansOptions,
} from "./anchors/anchor-k-means.ts";
export { decodeBoxes, encodeBoxes, type BoxCoderOptions } from "./anchors/encode-boxes.ts";
export { generateAnchors, type GenerateAnchorsOptions } from "./anchors/generate-anchors.ts";
export { boxIou, ciou, diou, giou, type BoxIouOptions } from "./boxes/box-iou.ts";
export { boxArea, clipBoxes } from "./boxes/clip-boxes.ts";
export { convertBoxes, type BoxFormat, type ConvertBoxesOptions } from "./boxes/convert-boxes.ts";
export type { SuppressionOptions } from "./suppression/candidates.ts";
export { matrixNms, type MatrixNmsOptions } from "./suppression/matrix-nms.ts";
export { batchedNms, diouNms, nms, nmsSlow, type NmsOptions } from "./suppression/nms.ts";
export { softNms, type SoftNmsOptions, type SoftNmsResult } from "./suppression/soft-nms.ts";
export { gaussianBlur, type GaussianBlurOptions } from "./filters/gaussian-blur.ts";
