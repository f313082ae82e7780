import { centreDistance, iouOf, type Candidates } from "./candidates.ts";

/** How {@link sweep} decides. */
export interface SweepOptions {
  /** A box that overlaps a better one by more is dropped. */
  readonly threshold: number;
  /** The most boxes kept. */
  readonly maxOutput: number;
  /** Whether the distance of the centres is taken off the IoU before it is compared. */
  readonly isDistance: boolean;
}

/**
 * Returns which candidates stay, from the best score down.
 *
 * Nothing of size n² is made, and most pairs never meet: boxes that were kept are entered into the cells of a grid that
 * they cover, and a candidate looks only into the cells where a box that overlaps it by more than the threshold must have
 * been entered.
 *
 * @param candidates - sorted
 */
export function sweep(candidates: Candidates, options: SweepOptions): Int32Array {
  const kept: number[] = [];
  const grid = new KeptGrid(candidates, options);
  for (let i = 0; i < candidates.count && kept.length < options.maxOutput; i++) {
    // An empty box overlaps nothing.
    if (candidates.area[i] === 0) kept.push(i);
    else if (!grid.isSuppressed(i)) {
      kept.push(i);
      grid.enter(i);
    }
  }
  return Int32Array.from(kept);
}

// Cells along an axis, at most (fewer for few boxes); and the cells that one box is entered into before it goes on the list of large boxes,
// which every candidate reads.
const mostCells = 128;
const largeBox = 64;

/** The boxes kept so far, by the cells they cover. */
class KeptGrid {
  readonly #candidates: Candidates;
  readonly #threshold: number;
  readonly #isDistance: boolean;
  readonly #columns: Axis;
  readonly #rows: Axis;
  /** The first entry of each cell, and of the large boxes last; -1 for none. */
  readonly #first: Int32Array;
  /** The entry after each, and the box of each. */
  #next = new Int32Array(1024);
  #box = new Int32Array(1024);
  #entries = 0;

  constructor(candidates: Candidates, { threshold, isDistance }: SweepOptions) {
    this.#candidates = candidates;
    this.#threshold = threshold;
    this.#isDistance = isDistance;
    this.#columns = axisOf(candidates.x1, candidates.x2);
    this.#rows = axisOf(candidates.y1, candidates.y2);
    this.#first = new Int32Array(this.#columns.cells * this.#rows.cells + 1).fill(-1);
  }

  enter(i: number): void {
    const { x1, y1, x2, y2 } = this.#candidates;
    const left = cellOf(this.#columns, x1[i]!);
    const right = cellOf(this.#columns, x2[i]!);
    const top = cellOf(this.#rows, y1[i]!);
    const bottom = cellOf(this.#rows, y2[i]!);
    if ((right - left + 1) * (bottom - top + 1) > largeBox) {
      this.#append(this.#first.length - 1, i);
      return;
    }
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        this.#append(row * this.#columns.cells + column, i);
      }
    }
  }

  isSuppressed(i: number): boolean {
    const { x1, y1, x2, y2 } = this.#candidates;
    if (this.#isMet(this.#first.length - 1, i)) return true;
    const width = x2[i]! - x1[i]!;
    const height = y2[i]! - y1[i]!;
    // Boxes with an IoU above t share more than t of either's width. Who covers more than t of an interval reaches into
    // the interval without a share t at both ends; from one half on, it covers the middle. A little less, for rounding.
    const share = Math.min(this.#threshold, 0.5) - 1e-9;
    const left = cellOf(this.#columns, x1[i]! + share * width);
    const right = cellOf(this.#columns, x2[i]! - share * width);
    const top = cellOf(this.#rows, y1[i]! + share * height);
    const bottom = cellOf(this.#rows, y2[i]! - share * height);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        if (this.#isMet(row * this.#columns.cells + column, i)) return true;
      }
    }
    return false;
  }

  #isMet(cell: number, i: number): boolean {
    const candidates = this.#candidates;
    const threshold = this.#threshold;
    const next = this.#next;
    const box = this.#box;
    for (let entry = this.#first[cell]!; entry >= 0; entry = next[entry]!) {
      const j = box[entry]!;
      const iou = iouOf(candidates, j, i);
      if (iou <= threshold) continue;
      if (!this.#isDistance || iou - centreDistance(candidates, j, i) > threshold) return true;
    }
    return false;
  }

  #append(cell: number, i: number): void {
    if (this.#entries === this.#next.length) {
      this.#next = grown(this.#next);
      this.#box = grown(this.#box);
    }
    this.#box[this.#entries] = i;
    this.#next[this.#entries] = this.#first[cell]!;
    this.#first[cell] = this.#entries++;
  }
}

/** How an axis is cut into cells of about the boxes' mean size. */
interface Axis {
  readonly cells: number;
  readonly start: number;
  readonly perCell: number;
}

function axisOf(low: Float64Array, high: Float64Array): Axis {
  let [start, end, total] = [Infinity, -Infinity, 0];
  for (let i = 0; i < low.length; i++) {
    start = Math.min(start, low[i]!);
    end = Math.max(end, high[i]!);
    total += Math.max(0, high[i]! - low[i]!);
  }
  const extent = end - start;
  const mean = total / low.length;
  const most = Math.min(mostCells, Math.ceil(2 * Math.sqrt(low.length)));
  const cells = Math.min(most, Math.max(1, Math.floor(extent / mean) || 1));
  return { cells, start, perCell: extent > 0 ? cells / extent : 0 };
}

/** Rises with its argument, so that what lies inside an interval lies between its ends' cells. */
function cellOf({ cells, start, perCell }: Axis, at: number): number {
  const cell = Math.floor((at - start) * perCell);
  return cell < 0 ? 0 : cell >= cells ? cells - 1 : cell;
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(2 * array.length);
  twice.set(array);
  return twice;
}
