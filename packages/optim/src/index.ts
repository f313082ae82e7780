export {
  Optimizer,
  type Learnable,
  type OptimizerOptions,
  type OptimizerState,
  type ParameterGroup,
  type ParameterOwner,
  type StepNumbers,
} from "./optimizer.ts";
export { SGD, type SGDOptions } from "./sgd.ts";
export { Adagrad, type AdagradOptions } from "./adagrad.ts";
export { Adadelta, type AdadeltaOptions } from "./adadelta.ts";
export { RMSprop, type RMSpropOptions } from "./rmsprop.ts";
export { Adam, AdamW, type AdamOptions } from "./adam.ts";
export { NAdam, type NAdamOptions } from "./nadam.ts";
export { RAdam, type RAdamOptions } from "./radam.ts";
export { Lion, type LionOptions } from "./lion.ts";
export {
  constant,
  cosine,
  cosineWarmRestarts,
  exponential,
  linearWarmup,
  multiStep,
  oneCycle,
  stepDecay,
  type OneCycleOptions,
  type Schedule,
} from "./schedules.ts";
export {
  reduceOnPlateau,
  type PlateauOptions,
  type PlateauSchedule,
  type PlateauState,
} from "./reduce-on-plateau.ts";
export { clipByGlobalNorm, clipByNorm, clipByValue } from "./clipping.ts";
export { ExponentialMovingAverage } from "./exponential-moving-average.ts";
export { gradientDescent, type Descent, type GradientDescentOptions } from "./gradient-descent.ts";
