import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";

/** Made-up samples and what they belong to; `fit` takes them as they are. */
export interface GeneratedSamples {
  /** `[samples, features]`, float32. */
  readonly x: Tensor;
  /** `[samples]`: class numbers, int32; or values, float32. */
  readonly y: Tensor;
}

/** What all generators of samples take. */
export interface GeneratorOptions {
  /** How many samples; 100 by default. */
  readonly samples?: number;
  /** The seed; the global generator by default. */
  readonly seed?: number;
}

/** Returns points and class numbers as tensors, in the order given. */
export function labeledSamples(
  points: readonly (readonly number[])[],
  classes: readonly number[],
  order: readonly number[],
): GeneratedSamples {
  const features = points[0]!.length;
  return {
    x: tensor(
      order.flatMap((i) => points[i]!),
      { dtype: "float32" },
    ).reshape([points.length, features]),
    y: tensor(
      order.map((i) => classes[i]!),
      { dtype: "int32" },
    ),
  };
}

/** Throws `ArgumentError` unless `value` is a whole number of at least `least`. */
export function checkWhole(operation: string, name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ArgumentError(
    `${operation}: ${name}: expected a whole number of ${least} or more, got ${value}`,
  );
}
