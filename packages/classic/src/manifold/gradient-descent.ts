import type { Affinities } from "./affinities.ts";
import { exactRepulsion } from "./exact-repulsion.ts";
import { QuadTree } from "./quad-tree.ts";

/** What {@link descend} takes. */
export interface DescentOptions {
  /** Barnes-Hut's angle; undefined for exact forces. */
  readonly angle: number | undefined;
  readonly earlyExaggeration: number;
  readonly learningRate: number;
  readonly nIter: number;
  readonly nIterWithoutProgress: number;
  readonly minGradNorm: number;
  /** Called after each step; with the divergence where it was computed. */
  readonly step: (iteration: number, divergence: number | undefined) => Promise<void>;
}

/** Where the points went. */
export interface Descent {
  readonly points: Float64Array;
  readonly divergence: number;
  readonly iterations: number;
}

const explorationSteps = 250;
// How often the divergence is computed.
const checkEvery = 50;
const leastGain = 0.01;

/**
 * Resolves to where points `[count, width]` go when they descend the divergence of their neighbourhoods from the affinities: 250
 * steps with exaggerated affinities and momentum 0.5, then others with momentum 0.8; each coordinate has a gain of its own (Jacobs
 * 1988). As scikit-learn 1.2 does it.
 */
export async function descend(
  start: Float64Array,
  width: number,
  affinities: Affinities,
  options: DescentOptions,
): Promise<Descent> {
  const { earlyExaggeration, nIter, nIterWithoutProgress } = options;
  const state = new Descending(start, width, affinities, options);
  const explored = Math.min(explorationSteps, nIter);
  let iterations = await state.run(0, explored, { momentum: 0.5, exaggeration: earlyExaggeration, patience: explorationSteps }); // prettier-ignore
  if (iterations < nIter) {
    iterations = await state.run(iterations, nIter, { momentum: 0.8, exaggeration: 1, patience: nIterWithoutProgress }); // prettier-ignore
  }
  return { points: start, divergence: state.divergence, iterations };
}

interface Phase {
  readonly momentum: number;
  readonly exaggeration: number;
  /** It ends after so many steps without progress. */
  readonly patience: number;
}

class Descending {
  /** Of the last step that computed it. */
  divergence = Infinity;
  readonly #points: Float64Array;
  readonly #width: number;
  readonly #affinities: Affinities;
  readonly #options: DescentOptions;
  readonly #gradient: Float64Array;
  readonly #repulsion: Float64Array;
  readonly #tree: QuadTree | undefined;

  constructor(
    points: Float64Array,
    width: number,
    affinities: Affinities,
    options: DescentOptions,
  ) {
    this.#points = points;
    this.#width = width;
    this.#affinities = affinities;
    this.#options = options;
    this.#gradient = new Float64Array(points.length);
    this.#repulsion = new Float64Array(points.length);
    this.#tree = options.angle === undefined ? undefined : new QuadTree(points.length / width);
  }

  /** Runs a phase, and resolves to the number of steps after it. */
  async run(first: number, end: number, phase: Phase): Promise<number> {
    const { learningRate, minGradNorm, step } = this.#options;
    const points = this.#points;
    const gradient = this.#gradient;
    const update = new Float64Array(points.length);
    const gains = new Float64Array(points.length).fill(1);
    let best = Infinity;
    let bestAt = first;
    for (let i = first; i < end; i++) {
      const isCheck = (i + 1) % checkEvery === 0;
      const hasDivergence = isCheck || i === end - 1;
      await this.#differentiate(phase.exaggeration, hasDivergence);
      let squared = 0;
      for (let at = 0; at < points.length; at++) {
        const slope = gradient[at]!;
        const gain = update[at]! * slope < 0 ? gains[at]! + 0.2 : gains[at]! * 0.8;
        gains[at] = gain < leastGain ? leastGain : gain;
        squared += slope * slope;
        update[at] = phase.momentum * update[at]! - learningRate * gains[at]! * slope;
        points[at]! += update[at]!;
      }
      await step(i + 1, hasDivergence ? this.divergence : undefined);
      if (!isCheck) continue;
      if (this.divergence < best) [best, bestAt] = [this.divergence, i];
      else if (i - bestAt > phase.patience) return i + 1;
      if (Math.sqrt(squared) <= minGradNorm) return i + 1;
    }
    return end;
  }

  /** Computes the gradient: `4 (Σ p q (point - other) - Σ q² (point - other) / Z)`. */
  async #differentiate(exaggeration: number, hasDivergence: boolean): Promise<void> {
    const total = await this.#repel();
    const gradient = this.#gradient;
    const repulsion = this.#repulsion;
    const divergence =
      this.#width === 2
        ? this.#attractInPlane(exaggeration, hasDivergence ? total : 0)
        : this.#attract(exaggeration, hasDivergence ? total : 0);
    if (hasDivergence) this.divergence = divergence;
    for (let at = 0; at < gradient.length; at++) {
      gradient[at] = 4 * (gradient[at]! - repulsion[at]! / total);
    }
  }

  async #repel(): Promise<number> {
    const { angle } = this.#options;
    if (this.#tree === undefined || angle === undefined) {
      return exactRepulsion(this.#points, this.#width, this.#repulsion);
    }
    this.#tree.build(this.#points);
    return this.#tree.repulsion(angle, this.#repulsion);
  }

  /** Writes what draws near samples together into the gradient; returns the divergence if `total` is given. */
  #attract(exaggeration: number, total: number): number {
    const { starts, columns, values } = this.#affinities;
    const [points, gradient, width] = [this.#points, this.#gradient, this.#width];
    let divergence = 0;
    gradient.fill(0);
    for (let row = 0; row < starts.length - 1; row++) {
      for (let at = starts[row]!; at < starts[row + 1]!; at++) {
        const other = columns[at]!;
        let distance = 1;
        for (let c = 0; c < width; c++) {
          distance += (points[row * width + c]! - points[other * width + c]!) ** 2;
        }
        const p = values[at]! * exaggeration;
        for (let c = 0; c < width; c++) {
          gradient[row * width + c]! += (p / distance) * (points[row * width + c]! - points[other * width + c]!); // prettier-ignore
        }
        if (total > 0 && p > 0) divergence += p * Math.log(p * distance * total);
      }
    }
    return divergence;
  }

  /** The same for two dimensions, where most of the time goes. */
  #attractInPlane(exaggeration: number, total: number): number {
    const { starts, columns, values } = this.#affinities;
    const [points, gradient] = [this.#points, this.#gradient];
    let divergence = 0;
    for (let row = 0; row < starts.length - 1; row++) {
      const x = points[2 * row]!;
      const y = points[2 * row + 1]!;
      let [forceX, forceY] = [0, 0];
      const end = starts[row + 1]!;
      for (let at = starts[row]!; at < end; at++) {
        const other = 2 * columns[at]!;
        const dx = x - points[other]!;
        const dy = y - points[other + 1]!;
        const distance = 1 + dx * dx + dy * dy;
        const p = values[at]!;
        const force = p / distance;
        forceX += force * dx;
        forceY += force * dy;
        if (total > 0 && p > 0) {
          const exaggerated = p * exaggeration;
          divergence += exaggerated * Math.log(exaggerated * distance * total);
        }
      }
      gradient[2 * row] = exaggeration * forceX;
      gradient[2 * row + 1] = exaggeration * forceY;
    }
    return divergence;
  }
}
