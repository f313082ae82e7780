export { describe, type ColumnSummary, type Description } from "./describe.ts";
export { loadDigits, type LabeledData } from "./digits.ts";
export {
  trainTestSplit,
  type TrainTestSplit,
  type TrainTestSplitOptions,
} from "@tensorloom/classic";
