export {
  Optimizer,
  type Learnable,
  type OptimizerState,
  type ParameterOwner,
} from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export { Adam, type AdamOptions } from "./adam.ts";
