import { contours } from "d3-contour";

/** A line along which a function has one value. */
export interface ContourLine {
  /** The value. */
  readonly level: number;
  /** Its points, numbered. */
  readonly line: readonly { readonly x: number; readonly y: number; readonly order: number }[];
}

/** Returns the lines along which a function on a regular grid has some values (marching squares). */
export function contourLines(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  { values, levels }: { readonly values: ArrayLike<number>; readonly levels: readonly number[] },
): ContourLine[] {
  const size: [number, number] = [xs.length, ys.length];
  const found: ContourLine[] = [];
  for (const level of levels) {
    const { coordinates } = contours().size(size).contour(Array.from(values), level);
    for (const ring of coordinates.flat()) {
      // Areas are closed along the grid's border: those stretches are no contour.
      let line: { x: number; y: number; order: number }[] = [];
      const end = (): void => {
        if (line.length > 1) found.push({ level, line });
        line = [];
      };
      for (const [column, row] of ring as [number, number][]) {
        const isBorder =
          column <= 0.5 || row <= 0.5 || column >= size[0] - 0.5 || row >= size[1] - 0.5;
        if (!isBorder) line.push({ x: at(xs, column), y: at(ys, row), order: line.length });
        else end();
      }
      end();
    }
  }
  return found;
}

/** d3-contour puts the first value's place at 0.5. */
function at(places: ArrayLike<number>, position: number): number {
  const last = places.length - 1;
  const i = Math.min(last - 1, Math.max(0, Math.floor(position - 0.5)));
  return places[i]! + (position - 0.5 - i) * (places[i + 1]! - places[i]!);
}
