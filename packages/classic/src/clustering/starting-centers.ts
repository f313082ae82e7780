import { ShapeError } from "@tensorloom/tensor";
import { sampleMatrix, type SampleMatrix, type Samples } from "../inputs.ts";
import type { RandomStream } from "../random/random-stream.ts";
import { kMeansPlusPlus } from "./k-means-plus-plus.ts";

/** Where centers start: how they are drawn, or the centers themselves, `[clusters, features]`. */
export type KMeansInit = "k-means++" | "random" | Samples;

/** Resolves to centers to start from, `[clusters, features]`. */
export async function startingCenters(
  operation: string,
  samples: SampleMatrix,
  options: {
    readonly init: KMeansInit;
    readonly nClusters: number;
    readonly stream: RandomStream;
    readonly sampleWeight: Float64Array | undefined;
  },
): Promise<Float64Array> {
  const { init, nClusters, stream, sampleWeight } = options;
  const { data, rows, columns } = samples;
  if (typeof init !== "string") {
    const given = await sampleMatrix(`${operation}: init`, init);
    if (given.rows === nClusters && given.columns === columns) return given.data;
    throw new ShapeError(
      `${operation}: init: expected centers [${nClusters}, ${columns}], got [${given.rows}, ${given.columns}]`,
    );
  }
  const chosen =
    init === "random"
      ? drawnWithoutReplacement(rows, nClusters, stream)
      : await kMeansPlusPlus(samples, nClusters, stream, sampleWeight);
  const centers = new Float64Array(nClusters * columns);
  chosen.forEach((sample, c) => {
    centers.set(data.subarray(sample * columns, (sample + 1) * columns), c * columns);
  });
  return centers;
}

function drawnWithoutReplacement(count: number, draws: number, stream: RandomStream): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  stream.shuffle(order);
  return order.slice(0, draws);
}
