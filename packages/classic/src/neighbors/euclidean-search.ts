import { gemm, keep, tensor, tidy, type Tensor } from "@tensorloom/tensor";
import { centredRows, columnMeans } from "../centred-rows.ts";
import { withElements } from "../host-elements.ts";
import type { SampleMatrix } from "../inputs.ts";
import { squaredDistance } from "./metric.ts";
import type { NearestHeaps } from "./nearest-heaps.ts";

// Distances are made for so many pairs at a time, so that memory stays bounded whatever the numbers of samples.
const pairsAtOnce = 2 ** 21;
const mostColumns = 2 ** 15;
// Distances are looked at one by one only where the least of so many neighbours in memory is small enough.
const blockSize = 64;

/** Up to 2^15 training samples as a product's right side. */
interface Part {
  readonly begin: number;
  readonly count: number;
  /** `[rows, features]`, float32, without the mean; filled up to whole blocks. */
  readonly centred: Tensor;
  /** Each row's squared length, less what products with it may be wrong by; Infinity where filled up. */
  readonly addends: Tensor;
}

/**
 * Exact search by brute force, as products of matrices.
 *
 * |q - t|² = |q|² - 2 q·t + |t|², the products being one gemm a batch, in float32. What that says to be near enough, by a
 * bound of its rounding error, is measured in float64: results are those of float64, and the products only save work. Memory
 * is bounded: at most 2^21 distances are held at a time.
 */
export class EuclideanSearch {
  readonly #samples: SampleMatrix;
  readonly #mean: Float64Array;
  readonly #parts: readonly Part[];

  /** @param samples - the training samples; kept, not copied */
  constructor(samples: SampleMatrix) {
    this.#samples = samples;
    this.#mean = columnMeans(samples);
    const parts: Part[] = [];
    for (let begin = 0; begin < samples.rows; begin += mostColumns) {
      const count = Math.min(mostColumns, samples.rows - begin);
      const filled = Math.ceil(count / blockSize) * blockSize;
      const { centred, squares } = centredRows(samples, this.#mean, begin, count, filled);
      const kept = 1 - slackOf(samples.columns);
      const addends = Float32Array.from(squares, (x, i) => (i < count ? x * kept : Infinity));
      const shape = [filled, samples.columns];
      parts.push({
        begin,
        count,
        centred: keep(tensor(centred, { shape })),
        addends: keep(tensor(addends)),
      });
    }
    this.#parts = parts;
  }

  /** Frees the tensors that it keeps. */
  dispose(): void {
    for (const { centred, addends } of this.#parts) {
      centred.dispose();
      addends.dispose();
    }
  }

  /** Offers to `heaps` what may be among the nearest of each query; keys are squared distances. */
  async nearest(queries: SampleMatrix, heaps: NearestHeaps): Promise<void> {
    const { data, columns } = this.#samples;
    await this.#scan(queries, Infinity, (query, sample) => {
      heaps.offer(query, squaredDistance(queries.data, query, data, sample, columns), sample);
      return heaps.worst(query);
    });
  }

  /** Calls `accept` with every training sample whose squared distance to a query is at most `most`, query by query. */
  async within(
    queries: SampleMatrix,
    most: number,
    accept: (query: number, sample: number, squared: number) => void,
  ): Promise<void> {
    const { data, columns } = this.#samples;
    await this.#scan(queries, most, (query, sample) => {
      const squared = squaredDistance(queries.data, query, data, sample, columns);
      if (squared <= most) accept(query, sample, squared);
      return most;
    });
  }

  /** Calls `look` with what may be within a query's limit; it returns the limit from then on. */
  async #scan(queries: SampleMatrix, limit: number, look: Look): Promise<void> {
    const { columns } = this.#samples;
    const limits = new Float64Array(queries.rows).fill(limit);
    const widest = this.#parts[0]!.centred.shape[0]!;
    const atOnce = Math.max(16, Math.min(1024, Math.trunc(pairsAtOnce / widest / 16) * 16));
    for (let begin = 0; begin < queries.rows; begin += atOnce) {
      const count = Math.min(atOnce, queries.rows - begin);
      const { centred, squares } = centredRows(queries, this.#mean, begin, count, count);
      const left = tensor(centred, { shape: [count, columns] });
      const offsets = squares.map((x) => x * (1 - slackOf(columns)));
      for (const part of this.#parts) {
        const [products, least] = tidy(() => {
          const all = gemm(left, part.centred, { transposeB: true, alpha: -2, c: part.addends });
          return [all, all.reshape([count, -1, blockSize]).min(2)];
        }) as [Tensor, Tensor];
        try {
          await withElements([products, least], (all, minima) => {
            scanBlocks(part, begin, offsets, limits, all as Float32Array, minima as Float32Array, look); // prettier-ignore
          });
        } finally {
          products.dispose();
          least.dispose();
        }
      }
      left.dispose();
    }
  }
}

type Look = (query: number, sample: number) => number;

/**
 * How wrong `|t|² - 2 q·t` in float32 may be, as a share of |t|² and of |q|²: a product of `features` terms, its addend and the
 * rounding of both to float32 are fewer than features + 8 roundings of 2^-24, on magnitudes within (|t| + |q|)², which is at
 * most 2 (|t|² + |q|²). Doubled, for what is of second order.
 */
function slackOf(features: number): number {
  return (features + 8) * 2 ** -22;
}

function scanBlocks(
  part: Part,
  firstQuery: number,
  offsets: Float64Array,
  limits: Float64Array,
  products: Float32Array,
  minima: Float32Array,
  look: Look,
): void {
  const blocks = minima.length / offsets.length;
  for (let row = 0; row < offsets.length; row++) {
    const query = firstQuery + row;
    const offset = offsets[row]!;
    const from = row * blocks * blockSize;
    let cut = limits[query]! - offset;
    for (let block = 0; block < blocks; block++) {
      if (minima[row * blocks + block]! > cut) continue;
      const first = block * blockSize;
      const last = Math.min(part.count, first + blockSize);
      for (let i = first; i < last; i++) {
        if (products[from + i]! > cut) continue;
        limits[query] = look(query, part.begin + i);
        cut = limits[query]! - offset;
      }
    }
  }
}
