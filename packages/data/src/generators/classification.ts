import { ArgumentError } from "@tensorloom/tensor";
import { randomNumbers, type RandomNumbers } from "./random-numbers.ts";
import {
  checkWhole,
  labeledSamples,
  type GeneratorOptions,
  type GeneratedSamples,
} from "./samples.ts";

/** What {@link makeClassification} takes. */
export interface ClassificationOptions extends GeneratorOptions {
  /** Features in all; 20 by default. */
  readonly features?: number;
  /** Features that tell classes apart; 2 by default. */
  readonly informative?: number;
  /** Features that are random mixtures of the informative ones; 2 by default. */
  readonly redundant?: number;
  /** Classes; 2 by default. */
  readonly classes?: number;
  /** Clusters a class; 2 by default. */
  readonly clustersPerClass?: number;
  /** Half the side of the cube whose corners are the clusters' centers; 1 by default. */
  readonly classSeparation?: number;
  /** The share of samples whose class is drawn anew; 0.01 by default. */
  readonly flip?: number;
}

/**
 * Resolves to a classification problem: each class is a few clusters at corners of a cube of the informative features, beside
 * mixtures of these and pure noise, samples and features in random order.
 *
 * @param options - samples, features and their kinds, classes, separation, seed
 * @returns `x [samples, features]`, `y [samples]` int32
 * @throws `ArgumentError` if there are fewer features than kinds need, or fewer corners than clusters
 *
 * Source: Guyon 2003, "Design of experiments for the NIPS 2003 variable selection benchmark"; scikit-learn's make_classification.
 *
 * @example
 * const { x, y } = await makeClassification({ samples: 50, features: 6, seed: 1 });
 * [x.shape, y.shape]; // => [[50,6],[50]]
 */
export async function makeClassification(
  options: ClassificationOptions = {},
): Promise<GeneratedSamples> {
  const {
    samples = 100,
    features = 20,
    informative = 2,
    redundant = 2,
    classes = 2,
    clustersPerClass = 2,
    classSeparation = 1,
    flip = 0.01,
  } = options;
  checkWhole("makeClassification", "samples", samples, 1);
  checkWhole("makeClassification", "classes", classes, 1);
  checkWhole("makeClassification", "clustersPerClass", clustersPerClass, 1);
  checkWhole("makeClassification", "informative", informative, 1);
  checkWhole("makeClassification", "redundant", redundant, 0);
  checkWhole("makeClassification", "features", features, informative + redundant);
  const clusters = classes * clustersPerClass;
  if (clusters > 2 ** informative) {
    throw new ArgumentError(
      `makeClassification: informative: expected enough features for ${clusters} clusters at corners of a cube, ` +
        `got ${informative}; try ${Math.ceil(Math.log2(clusters))}`,
    );
  }
  const noise = features - informative - redundant;
  const perSample = 2 * (informative + noise) + 3;
  const mixing = informative * (informative * clusters + redundant);
  const draws = await randomNumbers(samples * perSample + mixing + features, options.seed);
  const squeeze = Array.from({ length: clusters }, () => mixture(draws, informative, informative));
  const combine = mixture(draws, informative, redundant);
  const place = draws.permutation(features);
  const labels: number[] = [];
  const points = Array.from({ length: samples }, (_, i) => {
    const cluster = i % clusters;
    labels.push(draws.uniform() < flip ? draws.below(classes) : cluster % classes);
    const spread = Array.from({ length: informative }, () => draws.normal());
    const useful = times(spread, squeeze[cluster]!).map(
      (value, f) => value + classSeparation * ((cornerOf(cluster) >> f) % 2 === 0 ? -1 : 1),
    );
    const rest = Array.from({ length: noise }, () => draws.normal());
    const all = [...useful, ...times(useful, combine), ...rest];
    return place.map((f) => all[f]!);
  });
  return labeledSamples(points, labels, draws.permutation(samples));
}

/** The cluster's corner, one bit a feature: Gray's code, so that neighbouring clusters, of different classes, touch. */
function cornerOf(cluster: number): number {
  return cluster ^ (cluster >> 1);
}

function mixture(draws: RandomNumbers, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => draws.uniform(-1, 1)),
  );
}

function times(row: readonly number[], matrix: readonly (readonly number[])[]): number[] {
  const columns = matrix[0]!.length;
  return Array.from({ length: columns }, (_, c) =>
    row.reduce((sum, value, r) => sum + value * matrix[r]![c]!, 0),
  );
}
