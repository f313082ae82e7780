export { describe, type ColumnSummary, type Description } from "./describe.ts";
export type { Batched, NumericArray } from "./dataset/collate.ts";
export { Dataset, type BatchOptions } from "./dataset/dataset.ts";
export { fromArrays, type ArraySample } from "./dataset/from-arrays.ts";
export { fromGenerator } from "./dataset/from-generator.ts";
export type { ShuffleOptions } from "./dataset/random-order.ts";
export type { FileSource } from "./files/byte-streams.ts";
export { readCsv, type BadRow, type CsvOptions, type CsvRow, type CsvValue } from "./files/csv.ts";
export { readIdx } from "./files/idx.ts";
export {
  imageFolder,
  type ImageFile,
  type ImageFolder,
  type ImageFolderOptions,
  type LabeledImage,
} from "./files/image-folder.ts";
export type { LabeledData } from "./toy-sets/labeled-data.ts";
export { loadBreastCancer } from "./toy-sets/breast-cancer.ts";
export { loadDigits } from "./toy-sets/digits.ts";
export { loadIris } from "./toy-sets/iris.ts";
export { loadWine } from "./toy-sets/wine.ts";
export type { GeneratorOptions, GeneratedSamples } from "./generators/samples.ts";
export { makeBlobs, type Blobs, type BlobsOptions } from "./generators/blobs.ts";
export {
  makeCircles,
  makeMoons,
  type CirclesOptions,
  type MoonsOptions,
} from "./generators/circles-and-moons.ts";
export { makeClassification, type ClassificationOptions } from "./generators/classification.ts";
export {
  makeRegression,
  type RegressionOptions,
  type RegressionSamples,
} from "./generators/regression.ts";
export { makeShapes, type ShapeImages, type ShapesOptions } from "./generators/shapes.ts";
export type { ShapeName } from "./generators/shape-outlines.ts";
export {
  trainTestSplit,
  type TrainTestSplit,
  type TrainTestSplitOptions,
} from "@tensorloom/classic";
