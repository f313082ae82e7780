import { gemm, keep, tensor, type Tensor } from "@tensorloom/tensor";
import { centredRows, columnMeans } from "../centred-rows.ts";
import type { SampleMatrix } from "../inputs.ts";
import { squaredDistance } from "../neighbors/metric.ts";
import { nearestTwo } from "./nearest-two.ts";

// Distances are held for so many pairs at a time.
const pairsAtOnce = 2 ** 21;

/** Is told of each sample whose center is another than before; `from` is -1 for the first. */
export type OnChange = (sample: number, from: number, to: number) => void;

/**
 * Finds the nearest center of each of many samples, over and over: as products in float32, and where two centers are too
 * close for that to tell by a bound of its rounding, in float64. So the result is float64's, the same on every backend.
 */
export class NearestCenters {
  readonly #samples: SampleMatrix;
  readonly #mean: Float64Array;
  /** Squared lengths without the mean. */
  readonly #squares: Float64Array;
  readonly #chunks: readonly { readonly begin: number; readonly rows: Tensor }[];

  /**
   * @param samples - kept, not copied
   * @param clusters - how many centers there will be
   */
  constructor(samples: SampleMatrix, clusters: number) {
    this.#samples = samples;
    this.#mean = columnMeans(samples);
    this.#squares = new Float64Array(samples.rows);
    const atOnce = Math.max(64, Math.trunc(pairsAtOnce / clusters));
    const chunks: { begin: number; rows: Tensor }[] = [];
    for (let begin = 0; begin < samples.rows; begin += atOnce) {
      const count = Math.min(atOnce, samples.rows - begin);
      const { centred, squares } = centredRows(samples, this.#mean, begin, count, count);
      this.#squares.set(squares, begin);
      chunks.push({ begin, rows: keep(tensor(centred, { shape: [count, samples.columns] })) });
    }
    this.#chunks = chunks;
  }

  /** Frees the tensors that it keeps. */
  dispose(): void {
    for (const { rows } of this.#chunks) rows.dispose();
  }

  /**
   * Writes each sample's nearest center, the first of equally near ones, into `labels`, which hold those of before or -1.
   *
   * @param centers - `[clusters, features]`
   * @param labels - one a sample
   * @param onChange - is told what changes
   */
  async assign(centers: Float64Array, labels: Int32Array, onChange?: OnChange): Promise<void> {
    const { columns } = this.#samples;
    const clusters = centers.length / columns;
    const all = { data: centers, rows: clusters, columns, dtype: "float64" } as const;
    const { centred, squares } = centredRows(all, this.#mean, 0, clusters, clusters);
    const right = tensor(centred, { shape: [clusters, columns] });
    const addends = tensor(Float32Array.from(squares));
    const largest = squares.reduce((most, x) => Math.max(most, x), 0);
    try {
      for (const { begin, rows } of this.#chunks) {
        const products = gemm(rows, right, { transposeB: true, alpha: -2, c: addends });
        try {
          this.#settle(await nearestTwo(products), begin, centers, largest, labels, onChange);
        } finally {
          products.dispose();
        }
      }
    } finally {
      right.dispose();
      addends.dispose();
    }
  }

  /** Takes what float32 found, measures again where that cannot tell, and reports what changes. */
  #settle(
    found: { readonly labels: Int32Array; readonly gaps: Float32Array },
    begin: number,
    centers: Float64Array,
    largest: number,
    labels: Int32Array,
    onChange: OnChange | undefined,
  ): void {
    const { data, columns } = this.#samples;
    // As in brute-force search (euclidean-search.ts), twice: each of the two that are compared may be wrong by it.
    const share = 2 * (columns + 8) * 2 ** -22;
    for (let row = 0; row < found.labels.length; row++) {
      const sample = begin + row;
      let label = found.labels[row]!;
      // Not a number, after an overflow, is not greater either.
      if (!(found.gaps[row]! > share * (this.#squares[sample]! + largest))) {
        label = nearestCenter(data, sample, centers, columns);
      }
      const before = labels[sample]!;
      if (before === label) continue;
      labels[sample] = label;
      onChange?.(sample, before, label);
    }
  }
}

/** Returns the center nearest to a sample, in float64; the first of equally near ones. */
export function nearestCenter(
  data: Float64Array,
  sample: number,
  centers: Float64Array,
  columns: number,
): number {
  let best = 0;
  let least = Infinity;
  for (let c = 0; c * columns < centers.length; c++) {
    const squared = squaredDistance(data, sample, centers, c, columns);
    if (squared >= least) continue;
    best = c;
    least = squared;
  }
  return best;
}
