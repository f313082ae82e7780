import { ShapeError } from "@tensorloom/tensor";
import { contourLines } from "./contour-lines.ts";
import { draw, type ChartOptions } from "./draw.ts";
import { legendOver } from "./legend.ts";
import { pointLayers, type Point } from "./scatter-chart.ts";

/** Lines along which a function has some values. */
export interface Contours {
  /** The function at each place of the grid. */
  readonly values: ArrayLike<number>;
  /** The values. */
  readonly levels: readonly number[];
}

/** What {@link regionChart} takes. */
export interface RegionChartOptions extends ChartOptions {
  /** Where the grid's columns stand, ascending and equally far apart. */
  readonly xs: ArrayLike<number>;
  /** Where the grid's rows stand, likewise. */
  readonly ys: ArrayLike<number>;
  /** The class at each place of the grid, `[ys, xs]` in row-major order. */
  readonly values: ArrayLike<number | string>;
  /** Samples, drawn over the regions in the same colours. */
  readonly points?: readonly Point[];
  /** Samples to be marked, such as support vectors. */
  readonly marked?: readonly Point[];
  /** Lines of a function over the grid: level 0 is drawn whole, others dashed. */
  readonly contours?: Contours;
  /** The area of a point in square pixels; 20 by default. */
  readonly size?: number;
}

/**
 * Resolves to a classifier's regions in the plane, with samples over them, as an SVG text.
 *
 * @param options - the grid, its classes, the samples
 * @throws `ShapeError` if the grid's values are not one a place
 *
 * @example
 * const svg = await regionChart({ xs: [0, 1], ys: [0, 1], values: [0, 0, 1, 1], points: [{ x: 0.2, y: 0.1, group: 0 }] });
 * svg.includes("</svg>"); // => true
 */
export async function regionChart(options: RegionChartOptions): Promise<string> {
  const { xs, ys, values, points = [], marked = [], contours } = options;
  for (const { length } of [values, ...(contours ? [contours.values] : [])]) {
    if (length !== xs.length * ys.length) {
      throw new ShapeError(
        `regionChart: values: expected ${ys.length} x ${xs.length} = ${xs.length * ys.length}, got ${length}`,
      );
    }
  }
  const extent = (at: ArrayLike<number>): [number, number] => {
    const half = stepOf(at) / 2;
    return [at[0]! - half, at[at.length - 1]! + half];
  };
  const position = (field: string, at: ArrayLike<number>, title: string | undefined): object => ({
    field,
    type: "quantitative",
    title: title ?? null,
    scale: { domain: extent(at), nice: false, zero: false },
    axis: { grid: false },
  });
  const x = position("x", xs, options.xTitle);
  const y = position("y", ys, options.yTitle);
  const groups = [...new Set([...Array.from(values), ...points.map(({ group }) => group)])].filter(
    (group) => group !== undefined,
  );
  const color = {
    field: "group",
    type: "nominal",
    scale: { domain: groups.toSorted((a, b) => (a < b ? -1 : 1)) },
    legend: legendOver(groups, options.width),
  };
  const layers: object[] = [
    {
      data: { values: stripes(xs, ys, values) },
      mark: { type: "rect", opacity: 0.28, strokeWidth: 0 },
      encoding: { x, x2: { field: "x2" }, y, y2: { field: "y2" }, color },
    },
  ];
  for (const { level, line } of contours === undefined ? [] : contourLines(xs, ys, contours)) {
    layers.push({
      data: { values: line },
      mark: {
        type: "line",
        color: "#333",
        strokeWidth: level === 0 ? 1.8 : 1.2,
        ...(level !== 0 && { strokeDash: [4, 3] }),
      },
      encoding: { x, y, order: { field: "order", type: "quantitative" } },
    });
  }
  if (points.length > 0) {
    for (const layer of pointLayers(points, marked, options, true)) {
      const { encoding, ...rest } = layer as { encoding: object };
      const isColored = "color" in encoding;
      layers.push({ ...rest, encoding: { x, y, ...(isColored && { color }) } });
    }
  }
  return draw({ layer: layers }, { height: 320, ...options });
}

/** One rectangle for each run of equal values in a row: far fewer than places. */
function stripes(
  xs: ArrayLike<number>,
  ys: ArrayLike<number>,
  values: ArrayLike<number | string>,
): object[] {
  const [dx, dy] = [stepOf(xs) / 2, stepOf(ys) / 2];
  const found: object[] = [];
  for (let row = 0; row < ys.length; row++) {
    let begin = 0;
    for (let column = 1; column <= xs.length; column++) {
      const group = values[row * xs.length + begin]!;
      if (column < xs.length && values[row * xs.length + column] === group) continue;
      found.push({
        x: xs[begin]! - dx,
        x2: xs[column - 1]! + dx,
        y: ys[row]! - dy,
        y2: ys[row]! + dy,
        group,
      });
      begin = column;
    }
  }
  return found;
}

function stepOf(at: ArrayLike<number>): number {
  return at.length < 2 ? 1 : (at[at.length - 1]! - at[0]!) / (at.length - 1);
}
