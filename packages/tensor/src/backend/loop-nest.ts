import type { View } from "./contract.ts";

/** The loops that walk several views of one shape together, as few and as long as their strides allow. */
export interface LoopNest {
  /** Sizes, outermost first; at least one loop. */
  readonly shape: readonly number[];
  /** For each view, its stride in each loop. */
  readonly strides: readonly (readonly number[])[];
}

/**
 * Returns the fewest loops that visit `views` (all of one shape) in row-major order: axes of size 1 vanish and
 * neighbours that every view walks as one are merged, so that contiguous views always give one loop.
 */
export function mergeLoops(
  shape: readonly number[],
  views: readonly Pick<View, "strides">[],
): LoopNest {
  const sizes: number[] = [];
  const strides: number[][] = views.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis]!;
    if (size === 1) continue;
    const last = sizes.length - 1;
    let merges = last >= 0;
    for (let v = 0; merges && v < views.length; v++) {
      merges = strides[v]![last] === views[v]!.strides[axis]! * size;
    }
    if (merges) sizes[last]! *= size;
    else sizes.push(size);
    for (let v = 0; v < views.length; v++) {
      strides[v]![merges ? last : last + 1] = views[v]!.strides[axis]!;
    }
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const list of strides) list.push(0);
  }
  return { shape: sizes, strides };
}
