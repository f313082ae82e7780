import { tensor, type Tensor } from "@tensorloom/tensor";
import { randomNumbers } from "./random-numbers.ts";
import { checkWhole, type GeneratorOptions, type GeneratedSamples } from "./samples.ts";

/** What {@link makeRegression} takes. */
export interface RegressionOptions extends GeneratorOptions {
  /** Features in all; 10 by default. */
  readonly features?: number;
  /** Features that the target depends on; all by default. */
  readonly informative?: number;
  /** Added to every target; 0 by default. */
  readonly bias?: number;
  /** The standard deviation of what is added to each target; 0 by default. */
  readonly noise?: number;
}

/** What {@link makeRegression} gives. */
export interface RegressionSamples extends GeneratedSamples {
  /** `[features]`: what each feature is multiplied by, between 0 and 100; 0 for those that do not matter. */
  readonly coefficients: Tensor;
}

/**
 * Resolves to a linear regression problem on normally distributed features.
 *
 * @param options - samples, features, how many matter, bias, noise, seed
 * @returns `x [samples, features]`, `y [samples]` float32, the true coefficients
 *
 * Source: scikit-learn's make_regression.
 *
 * @example
 * const { x, y, coefficients } = await makeRegression({ samples: 20, features: 3, seed: 1 });
 * x.matmul(coefficients).sub(y).abs().max().item() < 1e-3; // => true
 */
export async function makeRegression(options: RegressionOptions = {}): Promise<RegressionSamples> {
  const { samples = 100, features = 10, bias = 0, noise = 0 } = options;
  const { informative = features } = options;
  checkWhole("makeRegression", "samples", samples, 1);
  checkWhole("makeRegression", "informative", informative, 0);
  checkWhole("makeRegression", "features", features, Math.max(1, informative));
  const draws = await randomNumbers(2 * features + samples * (2 * features + 2), options.seed);
  const place = draws.permutation(features);
  const sizes = Array.from({ length: features }, () => draws.uniform(0, 100));
  const coefficients = place.map((rank, f) => (rank < informative ? sizes[f]! : 0));
  const x = new Float32Array(samples * features);
  const y = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
    let sum = bias;
    for (let f = 0; f < features; f++) {
      const value = draws.normal();
      x[i * features + f] = value;
      sum += value * coefficients[f]!;
    }
    y[i] = sum + draws.normal(0, noise);
  }
  return {
    x: tensor(x, { shape: [samples, features] }),
    y: tensor(y),
    coefficients: tensor(coefficients, { dtype: "float32" }),
  };
}
