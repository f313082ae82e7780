import { resizeTaps, type ResizeOptions } from "@tensorloom/tensor";
import { borderIndex, type Border } from "../image/border.ts";

/** What each element along an axis of a result is made of: the rows of a sparse matrix. */
export interface Taps {
  /** The size of the input's axis. */
  readonly from: number;
  /** The size of the result's. */
  readonly to: number;
  /** Element `i` is made of the taps `starts[i]` to `starts[i + 1]`. */
  readonly starts: Int32Array;
  /** The input element of each tap. */
  readonly indices: Int32Array;
  /** Its weight. */
  readonly weights: Float64Array;
  /** Elements that have the same weights on neighbouring input elements: from the first to before the second. */
  readonly uniform: readonly [begin: number, end: number];
}

type AddTap = (index: number, weight: number) => void;

/** Builds taps, given what adds those of one element. */
function buildTaps(
  from: number,
  to: number,
  most: number,
  addTapsOf: (i: number, add: AddTap) => void,
): Omit<Taps, "uniform"> {
  const starts = new Int32Array(to + 1);
  let indices = new Int32Array(to * most);
  let weights = new Float64Array(to * most);
  let count = 0;
  const add: AddTap = (index, weight) => {
    indices[count] = index;
    weights[count++] = weight;
  };
  for (let i = 0; i < to; i++) {
    addTapsOf(i, add);
    starts[i + 1] = count;
  }
  indices = indices.subarray(0, count);
  weights = weights.subarray(0, count);
  return { from, to, starts, indices, weights };
}

/**
 * Returns the taps of a correlation with a kernel: element `i` is the sum of `kernel[k] · x[i + k - anchor]`. Taps on a
 * constant border are left out.
 */
export function correlationTaps(
  size: number,
  kernel: ArrayLike<number>,
  border: Border,
  anchor: number = (kernel.length - 1) >> 1,
): Taps {
  const taps = buildTaps(size, size, kernel.length, (i, add) => {
    for (let k = 0; k < kernel.length; k++) {
      const at = borderIndex(border, i + k - anchor, size);
      if (at >= 0) add(at, kernel[k]!);
    }
  });
  const end = size - (kernel.length - 1 - anchor);
  return { ...taps, uniform: anchor < end ? [anchor, end] : [0, 0] };
}

/** Taps of the last sizes: a video's frames have the same all the time. */
const recentTaps = new Map<string, Taps>();
const mostRecent = 16;

/** Returns the taps of resizing, as `resize` of @tensorloom/tensor has them. */
export function resizingTaps(from: number, to: number, options: Required<ResizeOptions>): Taps {
  if (from === to) return shiftingTaps(from, to, 0, "constant");
  const key = [from, to, options.method, options.coordinates, options.antialias].join();
  const taps = recentTaps.get(key) ?? computedTaps(from, to, options);
  // The one used last stands last, and the first goes.
  recentTaps.delete(key);
  recentTaps.set(key, taps);
  if (recentTaps.size > mostRecent) recentTaps.delete(recentTaps.keys().next().value!);
  return taps;
}

function computedTaps(from: number, to: number, options: Required<ResizeOptions>): Taps {
  const rows = resizeTaps(from, to, options);
  const most = Math.max(...rows.map(({ indices }) => indices.length));
  const taps = buildTaps(from, to, most, (i, add) => {
    const { indices, weights } = rows[i]!;
    indices.forEach((at, k) => add(Math.min(Math.max(at, 0), from - 1), weights[k]!));
  });
  return { ...taps, uniform: [0, 0] };
}

/** Returns the taps of an axis with `before` elements of border put before it, cut off after `to` elements. */
export function shiftingTaps(from: number, to: number, before: number, border: Border): Taps {
  const taps = buildTaps(from, to, 1, (i, add) => {
    const at = borderIndex(border, i - before, from);
    if (at >= 0) add(at, 1);
  });
  const [begin, end] = [Math.max(0, before), Math.min(to, before + from)];
  return { ...taps, uniform: begin < end ? [begin, end] : [0, 0] };
}

/** Returns `taps` with `before` elements of nothing put before them, and as many behind as make `to`. */
export function centeredTaps(taps: Taps, before: number, to: number): Taps {
  const starts = new Int32Array(to + 1);
  for (let i = 0; i <= to; i++) {
    starts[i] = taps.starts[Math.min(Math.max(i - before, 0), taps.to)]!;
  }
  const [begin, end] = taps.uniform;
  return { ...taps, to, starts, uniform: begin < end ? [begin + before, end + before] : [0, 0] };
}

/** Returns the adjoint: what weighed an element in a result now weighs that result in the element. */
export function transposedTaps(taps: Taps): Taps {
  const { from, to, starts, indices, weights } = taps;
  const places: number[][] = Array.from({ length: from }, () => []);
  for (let i = 0; i < to; i++) {
    for (let tap = starts[i]!; tap < starts[i + 1]!; tap++) places[indices[tap]!]!.push(i, tap);
  }
  const most = Math.max(...places.map(({ length }) => length / 2));
  const turned = buildTaps(to, from, most, (i, add) => {
    const list = places[i]!;
    for (let k = 0; k < list.length; k += 2) add(list[k]!, weights[list[k + 1]!]!);
  });
  return { ...turned, uniform: [0, 0] };
}

/** Returns the sum of each element's weights. */
export function sumsOf({ to, starts, weights }: Taps): Float64Array {
  const sums = new Float64Array(to);
  for (let i = 0; i < to; i++) {
    for (let tap = starts[i]!; tap < starts[i + 1]!; tap++) sums[i]! += weights[tap]!;
  }
  return sums;
}
