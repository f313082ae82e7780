import { ArgumentError } from "@tensorloom/tensor";
import { randomNumbers } from "./random-numbers.ts";
import {
  checkWhole,
  labeledSamples,
  type GeneratorOptions,
  type GeneratedSamples,
} from "./samples.ts";

/** What {@link makeBlobs} takes. */
export interface BlobsOptions extends GeneratorOptions {
  /** Features a sample; 2 by default, or as many as given centers have. */
  readonly features?: number;
  /** How many centers, or where they are, `[centers][features]`; 3 by default. */
  readonly centers?: number | readonly (readonly number[])[];
  /** The standard deviation of each cluster; 1 by default. */
  readonly clusterStd?: number;
  /** Between which bounds centers are drawn; [-10, 10] by default. */
  readonly centerBox?: readonly [number, number];
}

/** What {@link makeBlobs} gives. */
export interface Blobs extends GeneratedSamples {
  /** Where the clusters' centers are, `[centers][features]`. */
  readonly centers: number[][];
}

/**
 * Resolves to round clusters of normally distributed points, of nearly equal sizes, in random order.
 *
 * @param options - samples, features, centers, their spread, seed
 * @returns `x [samples, features]`, `y [samples]` int32, the centers
 * @throws `ArgumentError` for sizes that are no whole numbers, or centers of unequal lengths
 *
 * Source: scikit-learn's make_blobs.
 *
 * @example
 * const { x, y, centers } = await makeBlobs({ samples: 30, centers: 3, seed: 1 });
 * [x.shape, y.shape, centers.length]; // => [[30,2],[30],3]
 */
export async function makeBlobs(options: BlobsOptions = {}): Promise<Blobs> {
  const { samples = 100, clusterStd = 1, centerBox = [-10, 10] } = options;
  const given = typeof options.centers === "object" ? options.centers : undefined;
  const count = given?.length ?? ((options.centers ?? 3) as number);
  const features = given?.[0]?.length ?? options.features ?? 2;
  checkWhole("makeBlobs", "samples", samples, 1);
  checkWhole("makeBlobs", "centers", count, 1);
  checkWhole("makeBlobs", "features", features, 1);
  if (given?.some((center) => center.length !== features) === true) {
    throw new ArgumentError(
      `makeBlobs: centers: expected all of ${features} coordinates, got lengths ${given.map((c) => c.length).join(", ")}`,
    );
  }
  const draws = await randomNumbers(count * features + samples * (2 * features + 1), options.seed);
  const centers = Array.from({ length: count }, (_, c) =>
    Array.from({ length: features }, (__, f) => given?.[c]?.[f] ?? draws.uniform(...centerBox)),
  );
  const classes = Array.from({ length: samples }, (_, i) => i % count);
  const points = classes.map((c) => centers[c]!.map((mean) => draws.normal(mean, clusterStd)));
  return { ...labeledSamples(points, classes, draws.permutation(samples)), centers };
}
