export { seed } from "./generator.ts";
export {
  bernoulli,
  categorical,
  normal,
  permutation,
  randint,
  uniform,
  type RandomOptions,
} from "./distributions.ts";
