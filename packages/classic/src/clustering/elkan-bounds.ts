import type { SampleMatrix } from "../inputs.ts";
import { squaredDistance } from "../neighbors/metric.ts";
import type { OnChange } from "./nearest-centers.ts";

/**
 * Finds nearest centers with few distances: bounds of each sample's distance to each center, which the triangle
 * inequality carries from one iteration to the next (Elkan 2003, "Using the triangle inequality to accelerate k-means").
 * Takes memory for samples times centers. In float64: the result is Lloyd's.
 */
export class ElkanBounds {
  readonly #samples: SampleMatrix;
  readonly #clusters: number;
  /** Of the distance to the own center: not less than it. */
  readonly #upper: Float64Array;
  /** `[samples, clusters]`, of the distance to each center: not more than it. */
  readonly #lower: Float64Array;
  #before: Float64Array | undefined;

  /**
   * @param samples - kept, not copied
   * @param clusters - how many centers there will be
   */
  constructor(samples: SampleMatrix, clusters: number) {
    this.#samples = samples;
    this.#clusters = clusters;
    this.#upper = new Float64Array(samples.rows).fill(Infinity);
    this.#lower = new Float64Array(samples.rows * clusters);
  }

  /** As `NearestCenters.assign`; `labels` are those of the call before. */
  assign(centers: Float64Array, labels: Int32Array, onChange?: OnChange): void {
    const { data, rows, columns } = this.#samples;
    const clusters = this.#clusters;
    const shifts = this.#shifts(centers);
    const { halves, nearestHalf } = halfDistances(centers, clusters, columns);
    for (let i = 0; i < rows; i++) {
      const base = i * clusters;
      const before = labels[i]!;
      let label = Math.max(0, before);
      for (let c = 0; c < clusters; c++) this.#lower[base + c]! -= shifts[c]!;
      let upper = this.#upper[i]! + shifts[label]!;
      if (upper >= nearestHalf[label]!) {
        let isTight = false;
        for (let c = 0; c < clusters; c++) {
          if (c === label) continue;
          if (upper < this.#lower[base + c]! || upper < halves[label * clusters + c]!) continue;
          if (!isTight) {
            upper = Math.sqrt(squaredDistance(data, i, centers, label, columns));
            this.#lower[base + label] = upper;
            isTight = true;
            if (upper < this.#lower[base + c]! || upper < halves[label * clusters + c]!) continue;
          }
          const distance = Math.sqrt(squaredDistance(data, i, centers, c, columns));
          this.#lower[base + c] = distance;
          // Of equally near centers the first is taken, as Lloyd's way does.
          if (distance < upper || (distance === upper && c < label)) {
            label = c;
            upper = distance;
          }
        }
      }
      this.#upper[i] = upper;
      if (label === before) continue;
      labels[i] = label;
      onChange?.(i, before, label);
    }
    this.#before = centers;
  }

  /** How far each center has moved since the last call; a little more, for what rounding loses. */
  #shifts(centers: Float64Array): Float64Array {
    const shifts = new Float64Array(this.#clusters);
    const before = this.#before;
    if (before === undefined) return shifts;
    return shifts.map(
      (_, c) =>
        Math.sqrt(squaredDistance(before, c, centers, c, this.#samples.columns)) * (1 + 1e-12),
    );
  }
}

/** Half of the distances between centers, and of each to its nearest: a sample nearer to its own than that is right there. */
function halfDistances(
  centers: Float64Array,
  clusters: number,
  columns: number,
): { halves: Float64Array; nearestHalf: Float64Array } {
  const halves = new Float64Array(clusters * clusters);
  const nearestHalf = new Float64Array(clusters).fill(Infinity);
  for (let a = 0; a < clusters; a++) {
    for (let b = 0; b < clusters; b++) {
      if (a === b) continue;
      const half = Math.sqrt(squaredDistance(centers, a, centers, b, columns)) / 2;
      halves[a * clusters + b] = half * (1 - 1e-12);
      nearestHalf[a] = Math.min(nearestHalf[a]!, halves[a * clusters + b]!);
    }
  }
  return { halves, nearestHalf };
}
