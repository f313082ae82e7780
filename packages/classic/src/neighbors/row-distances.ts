import { openHeap, type Heap } from "../wasm/heap.ts";
import { squaredDistance, type Metric } from "./metric.ts";

/** Measures one row at a time from samples here and there: in WebAssembly where the metric is Euclidean, to the same bits. */
export class RowDistances {
  /** Whom to measure: places among the samples. */
  readonly places: Int32Array;
  /** What {@link measure} writes: numbers that order as distances do. */
  readonly keys: Float64Array;
  readonly #heap: Heap;
  readonly #metric: Metric;
  readonly #features: number;
  readonly #rows: Float64Array;
  readonly #guest: Float64Array;
  /** The array and the row in it from which distances are measured. */
  #data: Float64Array;
  #row = 0;

  /**
   * @param rows - `[samples, features]`: kept, or copied into WebAssembly's memory
   * @param features - how many columns
   * @param metric - any
   * @param most - how many are measured at a time at most
   */
  constructor(rows: Float64Array, features: number, metric: Metric, most: number) {
    this.#metric = metric;
    this.#features = features;
    const isEuclidean = metric.between === squaredDistance;
    const bytes = 8 * (rows.length + features + most) + 4 * most;
    this.#heap = openHeap(4, isEuclidean ? bytes : Infinity);
    const { kernels } = this.#heap;
    this.#rows = kernels === undefined ? rows : this.#heap.float64(rows.length);
    if (kernels !== undefined) this.#rows.set(rows);
    this.#guest = this.#heap.float64(features);
    this.places = this.#heap.int32(most);
    this.keys = this.#heap.float64(most);
    this.#data = this.#rows;
  }

  /** From now on distances are from a sample. */
  fromSample(sample: number): void {
    this.#data = this.#rows;
    this.#row = sample;
  }

  /** From now on distances are from a row of other samples. */
  fromGuest(data: Float64Array, row: number): void {
    const features = this.#features;
    this.#guest.set(data.subarray(row * features, (row + 1) * features));
    this.#data = this.#guest;
    this.#row = 0;
  }

  /** Measures the first `count` of {@link places}. */
  measure(count: number): void {
    const { places, keys } = this;
    const { kernels } = this.#heap;
    const [rows, features] = [this.#rows, this.#features];
    if (kernels === undefined) {
      const { between } = this.#metric;
      for (let i = 0; i < count; i++) {
        keys[i] = between(this.#data, this.#row, rows, places[i]!, features);
      }
      return;
    }
    const origin = this.#data.byteOffset + 8 * this.#row * features;
    kernels["rowDistances"]!(origin, rows.byteOffset, features, places.byteOffset, count, keys.byteOffset); // prettier-ignore
  }

  /** Whether a sample is farther than `least` from all of the first `count` of {@link places}. */
  isApart(sample: number, count: number, least: number): boolean {
    const { places } = this;
    const { kernels } = this.#heap;
    const [rows, features] = [this.#rows, this.#features];
    if (kernels === undefined) {
      const { between } = this.#metric;
      for (let i = 0; i < count; i++) {
        if (between(rows, sample, rows, places[i]!, features) <= least) return false;
      }
      return true;
    }
    const origin = rows.byteOffset + 8 * sample * features;
    return kernels["isApart"]!(origin, rows.byteOffset, features, places.byteOffset, count, least) === 1; // prettier-ignore
  }
}
