export { normalize, type NormalizeOptions } from "./color/normalize.ts";
export {
  colorJitter,
  composeAugmentations,
  cutout,
  randomAffine,
  randomCrop,
  randomFlip,
  randomRotation,
  type ColorJitterOptions,
  type CutoutOptions,
  type RandomAffineOptions,
  type RandomCropOptions,
  type RandomFlipOptions,
} from "./augment/augmentations.ts";
export { mixup, mosaic, type MixupOptions, type MosaicOptions } from "./augment/mixtures.ts";
export type { Augmentation, Mixture, Sample } from "./augment/sample.ts";
export { equalizeHist } from "./color/equalize-hist.ts";
export {
  grayToRgb,
  hsvToRgb,
  labToRgb,
  rgbToGray,
  rgbToHsv,
  rgbToLab,
  rgbToYCbCr,
  yCbCrToRgb,
} from "./color/spaces.ts";
export { drawBoxes, type DrawBoxesOptions, type Rgb } from "./draw/draw-boxes.ts";
export { bilateralFilter, type BilateralFilterOptions } from "./filters/bilateral-filter.ts";
export { boxBlur, type BoxBlurOptions } from "./filters/box-blur.ts";
export { canny, type CannyOptions } from "./filters/canny.ts";
export {
  laplacian,
  scharr,
  sobel,
  type LaplacianOptions,
  type ScharrOptions,
  type SobelOptions,
} from "./filters/derivatives.ts";
export { filter2d, type Filter2dOptions } from "./filters/filter2d.ts";
export { gaussianBlur, type GaussianBlurOptions } from "./filters/gaussian-blur.ts";
export type { PerAxis2d } from "./filters/kernel-size.ts";
export { medianBlur, type MedianBlurOptions } from "./filters/median-blur.ts";
export { motionBlur, type MotionBlurOptions } from "./filters/motion-blur.ts";
export { crop, flip, type FlipDirection, type Rectangle } from "./geometry/crop-and-flip.ts";
export {
  letterbox,
  letterboxBoxes,
  unletterboxBoxes,
  type Letterbox,
  type LetterboxOptions,
  type LetterboxPlacement,
} from "./geometry/letterbox.ts";
export { pad, type Margins, type SideMargins } from "./geometry/pad.ts";
export {
  resizeImage,
  type Interpolation,
  type ResizeImageOptions,
} from "./geometry/resize-image.ts";
export type { ImageSize } from "./geometry/size.ts";
export {
  rotate,
  warpAffine,
  warpPerspective,
  type RotateOptions,
  type WarpOptions,
} from "./geometry/warp.ts";
export type { Border, BorderOptions } from "./image/border.ts";
export {
  camera,
  fromCanvas,
  fromImageBitmap,
  fromVideoFrame,
  toCanvas,
  type Camera,
  type FromCanvasOptions,
} from "./pictures/canvas.ts";
export {
  decodeImage,
  encodeImage,
  readImage,
  writeImage,
  type DecodeImageOptions,
  type EncodeImageOptions,
} from "./pictures/image-files.ts";
export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  col2im,
  im2col,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from "@tensorloom/tensor";
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
export type { Detections, Truth } from "./detection/detections.ts";
export { packTruths } from "./yolo/truths.ts";
export {
  selectDetections,
  type DecodedBoxes,
  type SelectDetectionsOptions,
} from "./yolo/select-detections.ts";
export {
  yoloV1Assign,
  yoloV1Decode,
  yoloV1Loss,
  type YoloLoss,
  type YoloV1Grid,
  type YoloV1LossOptions,
} from "./yolo/yolo-v1.ts";
export { yoloAssign, type YoloAssignment, type YoloAssignOptions } from "./yolo/yolo-assign.ts";
export { yoloDecode } from "./yolo/yolo-decode.ts";
export type { YoloAnchors, YoloGrid, YoloScale } from "./yolo/yolo-grid.ts";
export { yoloV3Loss, type YoloV3LossOptions } from "./yolo/yolo-v3-loss.ts";
export type { CocoResult } from "./detection/coco-evaluation.ts";
export {
  detectionConfusion,
  type DetectionConfusionOptions,
} from "./detection/detection-confusion.ts";
export type { EvaluationDetections, EvaluationTruth } from "./detection/match-detections.ts";
export {
  meanAveragePrecision,
  type AveragePrecisionStyle,
  type MeanAveragePrecision,
  type MeanAveragePrecisionOptions,
} from "./detection/mean-average-precision.ts";
export {
  precisionRecallCurve,
  type PrecisionRecallCurve,
  type PrecisionRecallOptions,
} from "./detection/precision-recall.ts";
export { ConvolutionBlock, type ConvolutionBlockOptions } from "./models/convolution-block.ts";
export { loadDarknetWeights, type DarknetHeader } from "./models/darknet-weights.ts";
export { tinyYolo, type TinyYoloOptions } from "./models/tiny-yolo.ts";
export { YoloV3Tiny, yoloV3Tiny, yoloV3TinyAnchors } from "./models/yolo-v3-tiny.ts";
export { roiAlign, type RoiAlignOptions } from "./roi/roi-align.ts";
export type { RoiOptions } from "./roi/roi-operands.ts";
export { roiPool } from "./roi/roi-pool.ts";
