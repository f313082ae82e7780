export { describe, type ColumnSummary, type Description } from "./describe.ts";
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
