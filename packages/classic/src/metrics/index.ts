export { accuracy, confusionMatrix } from "./classification.ts";
