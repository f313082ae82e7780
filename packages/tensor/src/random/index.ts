export { seed } from "./generator.ts";
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
