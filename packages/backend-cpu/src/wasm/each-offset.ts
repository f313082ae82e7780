/**
 * Calls `visit` with the offsets, one a list of strides, of each combination of indices into `shape`, in row-major order.
 * The offsets are one array throughout.
 */
export function eachOffset(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (offsets: readonly number[]) => void,
): void {
  const offsets = strides.map(() => 0);
  const walk = (axis: number): void => {
    if (axis === shape.length) {
      visit(offsets);
      return;
    }
    const size = shape[axis]!;
    for (let k = 0; k < size; k++) {
      walk(axis + 1);
      for (let i = 0; i < offsets.length; i++) offsets[i]! += strides[i]![axis]!;
    }
    for (let i = 0; i < offsets.length; i++) offsets[i]! -= size * strides[i]![axis]!;
  };
  walk(0);
}
