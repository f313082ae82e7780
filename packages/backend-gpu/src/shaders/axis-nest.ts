import { mergeLoops, type View } from "@tensorloom/tensor/backend";

/**
 * The loops of several views of one shape with one axis kept apart: those outside of it, the axis, and those inside, each
 * group merged to as few as its strides allow.
 */
export interface AxisNest {
  /** Sizes, outermost first, the axis among them. */
  readonly sizes: readonly number[];
  /** Which of them is the axis. */
  readonly axis: number;
  /** For each view, its stride in each loop. */
  readonly strides: readonly (readonly number[])[];
}

/** Returns the loops of views that have one shape but, perhaps, along `axis`. */
export function axisNest(
  shape: readonly number[],
  axis: number,
  views: readonly Pick<View, "strides">[],
): AxisNest {
  const part = (from: number, to?: number): ReturnType<typeof mergeLoops> =>
    mergeLoops(
      shape.slice(from, to),
      views.map(({ strides }) => ({ strides: strides.slice(from, to) })),
    );
  const outer = part(0, axis);
  const inner = part(axis + 1);
  return {
    sizes: [...outer.shape, shape[axis]!, ...inner.shape],
    axis: outer.shape.length,
    strides: views.map(({ strides }, v) => [
      ...outer.strides[v]!,
      strides[axis]!,
      ...inner.strides[v]!,
    ]),
  };
}
