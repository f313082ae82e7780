import type { SampleMatrix } from "../inputs.ts";
import { float64Loops, type Float64Loops, type Rows, type Strided } from "../wasm/float64-loops.ts";
import { openHeap } from "../wasm/heap.ts";
import { averaged, whitenings, type CovarianceType, type Gaussians } from "./gaussians.ts";

// What rounding makes of a smaller share does not reach the sums.
const leastShare = 1e-30;

// Differences of so many rows, and those whitened, stay in the cache.
const elementsAtOnce = 2048;
const leastRowsAtOnce = 64;

// Triangles are multiplied by panels of so many columns, each as deep as the triangle is there.
const panelWidth = 4;

/** Some columns of a triangle. */
interface Panel {
  readonly width: number;
  /** How many columns there are up to its end. */
  readonly end: number;
  readonly whitening: Rows;
  readonly whitened: Rows;
  readonly differences: Strided;
  readonly scatter: Rows;
}

/**
 * Samples, and which share of each belongs to which component of a mixture: the steps of expectation and maximization, in
 * float64.
 */
export class ComponentShares {
  /** `[components, samples]`, those of a sample summing to 1. */
  readonly shares: Float64Array;
  readonly #rows: number;
  readonly #columns: number;
  readonly #loops: Float64Loops;
  readonly #data: Float64Array;
  readonly #means: Float64Array;
  readonly #rowsAtOnce: number;
  readonly #one: Float64Array;
  readonly #zeros: Float64Array;
  readonly #differences: Float64Array;
  readonly #whitened: Float64Array;
  /** The transposed whitening, or the scatter, of the component at hand. */
  readonly #matrix: Float64Array;
  readonly #panels: readonly Panel[];

  /**
   * @param samples - copied
   * @param components - how many
   */
  constructor({ data, rows, columns }: SampleMatrix, components: number) {
    const atOnce = Math.max(leastRowsAtOnce, Math.ceil(elementsAtOnce / columns));
    const some = atOnce * columns;
    const elements = (rows + columns) * (components + columns) + 2 * some + columns + 1;
    const heap = openHeap(8, 8 * elements);
    this.#rows = rows;
    this.#columns = columns;
    this.#loops = float64Loops(heap);
    this.#data = heap.float64(rows * columns);
    this.#data.set(data);
    this.shares = heap.float64(components * rows);
    this.#means = heap.float64(components * columns);
    this.#rowsAtOnce = atOnce;
    this.#one = heap.float64(1).fill(1);
    this.#zeros = heap.float64(columns);
    this.#differences = heap.float64(some);
    this.#whitened = heap.float64(some);
    this.#matrix = heap.float64(columns * columns);
    this.#panels = Array.from({ length: Math.ceil(columns / panelWidth) }, (_, i) => {
      const first = i * panelWidth;
      const end = Math.min(columns, first + panelWidth);
      return {
        width: end - first,
        end,
        whitening: { data: this.#matrix.subarray(first), step: columns },
        whitened: { data: this.#whitened.subarray(first), step: columns },
        differences: { data: this.#differences.subarray(first), step: 1, columnStep: columns },
        scatter: { data: this.#matrix.subarray(first * columns), step: columns },
      };
    });
  }

  /**
   * Sets the shares to what each component's weighted density is of their sum, and returns the logarithms of those sums: of the
   * mixture's density at each sample.
   */
  expect(gaussians: Gaussians): Float64Array {
    const { type, weights, means } = gaussians;
    const [rows, columns] = [this.#rows, this.#columns];
    const isMatrix = type === "full" || type === "tied";
    const inverses = whitenings(gaussians, columns);
    const greatest = new Float64Array(rows).fill(-Infinity);
    this.#means.set(means);
    weights.forEach((weight, k) => {
      const own = ownPart(type, inverses, k, columns);
      const logs = this.shares.subarray(k * rows, (k + 1) * rows);
      const mean = this.#means.subarray(k * columns, (k + 1) * columns);
      if (isMatrix) this.#whitenedLengths(own, mean, logs);
      else scaledLengths(this.#data, mean, own, logs);
      let constant = Math.log(weight) - (columns / 2) * Math.log(2 * Math.PI);
      const step = isMatrix ? columns + 1 : 1;
      for (let c = 0; c < columns; c++) constant += Math.log(own[c * step]!);
      for (let i = 0; i < rows; i++) {
        const log = constant - logs[i]! / 2;
        logs[i] = log;
        if (log > greatest[i]!) greatest[i] = log;
      }
    });
    // Less the greatest of its sample no exponential overflows.
    subtractFromRows(this.shares, greatest);
    this.#loops.exponentials(this.shares);
    return divideBySums(this.shares, rows).map((sum, i) => greatest[i]! + Math.log(sum));
  }

  /** Writes the squared lengths of a lower triangle times samples' differences to a mean. */
  #whitenedLengths(triangle: Float64Array, mean: Float64Array, lengths: Float64Array): void {
    const columns = this.#columns;
    const loops = this.#loops;
    for (let r = 0; r < columns; r++) {
      for (let c = 0; c < columns; c++) {
        this.#matrix[c * columns + r] = triangle[r * columns + c]!;
      }
    }
    const left = { data: this.#differences, step: columns };
    for (let first = 0; first < this.#rows; first += this.#rowsAtOnce) {
      const count = Math.min(this.#rowsAtOnce, this.#rows - first);
      const some = this.#data.subarray(first * columns);
      loops.weightedDifferences(some, count, mean, this.#one, 0, this.#differences);
      for (const { width, end, whitening, whitened } of this.#panels) {
        loops.multiply(left, whitening, whitened, [count, end, width]);
      }
      const own = lengths.subarray(first, first + count);
      loops.squaredDistances(this.#whitened, this.#zeros, own);
    }
  }

  /**
   * Returns the Gaussians that fit the samples best by their shares.
   *
   * @param type - what the covariances are
   * @param regCovar - added to variances, so that none vanishes
   */
  estimate(type: CovarianceType, regCovar: number): Gaussians {
    const [rows, columns, means] = [this.#rows, this.#columns, this.#means];
    const count = means.length / columns;
    const size = [count, rows, columns] as const;
    this.#loops.multiply({ data: this.shares, step: rows }, { data: this.#data, step: columns }, { data: means, step: columns }, size); // prettier-ignore
    const totals = Float64Array.from({ length: count }, (_, k) => {
      let total = 10 * Number.EPSILON;
      for (let at = k * rows; at < (k + 1) * rows; at++) total += this.shares[at]!;
      for (let at = k * columns; at < (k + 1) * columns; at++) means[at]! /= total;
      return total;
    });
    const weights = totals.map((total) => total / rows);
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      type,
      weights: weights.map((weight) => weight / whole),
      means: means.slice(),
      covariances: averaged(this.#scatters(type, count), totals, columns, type, regCovar),
    };
  }

  /** Sums of products of differences to the means, by shares: full and tied in matrices, diag and spherical by feature. */
  #scatters(type: CovarianceType, count: number): Float64Array {
    const [rows, columns] = [this.#rows, this.#columns];
    const isMatrix = type === "full" || type === "tied";
    const size = isMatrix ? columns * columns : columns;
    const sums = new Float64Array(type === "tied" ? size : count * size);
    this.#matrix.fill(0);
    for (let k = 0; k < count; k++) {
      const shares = this.shares.subarray(k * rows, (k + 1) * rows);
      const mean = this.#means.subarray(k * columns, (k + 1) * columns);
      if (!isMatrix) {
        addSquares(this.#data, mean, shares, sums.subarray(k * size, (k + 1) * size));
        continue;
      }
      this.#addScatter(mean, shares);
      if (type === "tied" && k < count - 1) continue;
      sums.set(this.#matrix, type === "tied" ? 0 : k * size);
      this.#matrix.fill(0);
    }
    return sums;
  }

  /** Adds the lower triangles of share · difference · differenceᵀ. */
  #addScatter(mean: Float64Array, shares: Float64Array): void {
    const columns = this.#columns;
    const loops = this.#loops;
    const right = { data: this.#differences, step: columns };
    for (let first = 0; first < this.#rows; first += this.#rowsAtOnce) {
      const count = Math.min(this.#rowsAtOnce, this.#rows - first);
      const some = this.#data.subarray(first * columns);
      const weights = shares.subarray(first, first + count);
      const held = loops.weightedDifferences(some, count, mean, weights, leastShare, this.#differences); // prettier-ignore
      for (const { width, end, differences, scatter } of this.#panels) {
        loops.addProduct(differences, right, scatter, [width, held, end]);
      }
    }
  }
}

/** A component's part of the whitenings, for diag and spherical a scale a feature. */
function ownPart(
  type: CovarianceType,
  inverses: Float64Array,
  k: number,
  columns: number,
): Float64Array {
  if (type === "tied") return inverses;
  if (type === "spherical") return new Float64Array(columns).fill(inverses[k]!);
  const size = type === "full" ? columns * columns : columns;
  return inverses.subarray(k * size, (k + 1) * size);
}

/** Writes the squared lengths of scaled differences to a mean. */
function scaledLengths(
  data: Float64Array,
  mean: Float64Array,
  scales: Float64Array,
  lengths: Float64Array,
): void {
  for (let i = 0, at = 0; i < lengths.length; i++) {
    let length = 0;
    for (let c = 0; c < mean.length; c++) length += ((data[at++]! - mean[c]!) * scales[c]!) ** 2;
    lengths[i] = length;
  }
}

/** Adds squared differences to a mean, by shares. */
function addSquares(
  data: Float64Array,
  mean: Float64Array,
  shares: Float64Array,
  sums: Float64Array,
): void {
  for (let i = 0, at = 0; i < shares.length; i++) {
    const share = shares[i]!;
    for (let c = 0; c < mean.length; c++) {
      const difference = data[at++]! - mean[c]!;
      sums[c]! += share * difference * difference;
    }
  }
}

/** Subtracts from each row `[_, shift.length]`. */
function subtractFromRows(values: Float64Array, shift: Float64Array): void {
  for (let at = 0; at < values.length;) {
    for (let i = 0; i < shift.length; i++) values[at++]! -= shift[i]!;
  }
}

/** Divides columns by their sums, and returns those. */
function divideBySums(values: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  for (let at = 0; at < values.length;) {
    for (let i = 0; i < columns; i++) sums[i]! += values[at++]!;
  }
  for (let at = 0; at < values.length;) {
    for (let i = 0; i < columns; i++) values[at++]! /= sums[i]!;
  }
  return sums;
}
