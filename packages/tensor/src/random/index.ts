export { getState, seed, setState, type GeneratorState } from "./generator.ts";
export {
  bernoulli,
  categorical,
  normal,
  permutation,
  randint,
  truncatedNormal,
  uniform,
  type RandomOptions,
} from "./distributions.ts";
