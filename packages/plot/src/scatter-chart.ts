import { draw, type ChartOptions } from "./draw.ts";
import { legendOver } from "./legend.ts";

/** A point of a {@link scatterChart} or a {@link regionChart}. */
export interface Point {
  /** Across. */
  readonly x: number;
  /** Up. */
  readonly y: number;
  /** What colours it. */
  readonly group?: number | string;
}

/** What {@link scatterChart} takes. */
export interface ScatterChartOptions extends ChartOptions {
  /** The points. */
  readonly points: readonly Point[];
  /** Some more points, drawn large and hollow: cluster centres, support vectors. */
  readonly marked?: readonly Point[];
  /** The area of a point in square pixels; 20 by default. */
  readonly size?: number;
  /** Whether the axes are drawn; false suits maps whose coordinates mean nothing. True by default. */
  readonly axes?: boolean;
}

/**
 * Resolves to points in the plane, coloured by group, as an SVG text.
 *
 * @param options - the points, titles
 *
 * @example
 * const svg = await scatterChart({ points: [{ x: 0, y: 1, group: "a" }, { x: 1, y: 0, group: "b" }] });
 * svg.includes("</svg>"); // => true
 */
export function scatterChart(options: ScatterChartOptions): Promise<string> {
  const { points, marked = [], axes = true } = options;
  return draw({ layer: pointLayers(points, marked, options, axes) }, { height: 320, ...options });
}

/** The layers of points that {@link scatterChart} and regionChart share. */
export function pointLayers(
  points: readonly Point[],
  marked: readonly Point[],
  { xTitle, yTitle, width, size = 20 }: ChartOptions & { readonly size?: number },
  axes: boolean,
): object[] {
  const position = (field: "x" | "y", title: string | undefined): object => ({
    field,
    type: "quantitative",
    title: title ?? null,
    scale: { zero: false },
    axis: axes ? { grid: false } : null,
  });
  const encoding = { x: position("x", xTitle), y: position("y", yTitle) };
  const groups = [...new Set(points.map(({ group }) => group))]
    .filter((group) => group !== undefined)
    .toSorted((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : a < b ? -1 : 1));
  const layers: object[] = [
    {
      data: { values: points },
      mark: { type: "circle", size, opacity: 0.85, stroke: "white", strokeWidth: 0.4 },
      encoding: {
        ...encoding,
        ...(groups.length > 0 && {
          color: {
            field: "group",
            type: "nominal",
            scale: { domain: groups },
            legend: legendOver(groups, width),
          },
        }),
      },
    },
  ];
  if (marked.length > 0) {
    layers.push({
      data: { values: marked },
      mark: { type: "point", size: size * 4, color: "#111", strokeWidth: 1.5, opacity: 1 },
      encoding,
    });
  }
  return layers;
}
