import { draw, type ChartOptions } from "./draw.ts";
import { legendOver } from "./legend.ts";

/** A line of a {@link lineChart}. */
export interface Series {
  /** What the legend calls it. */
  readonly name: string;
  /** Where the values stand; 1, 2, 3 and so on by default. */
  readonly x?: ArrayLike<number>;
  /** The values; those that are not finite leave a gap. */
  readonly y: ArrayLike<number>;
}

/** What {@link lineChart} takes. */
export interface LineChartOptions extends ChartOptions {
  /** The lines. */
  readonly series: readonly Series[];
  /** How values are spread over the vertical axis; `"linear"` by default. */
  readonly yScale?: "linear" | "log" | "sqrt";
  /** The same for the horizontal axis. */
  readonly xScale?: "linear" | "log" | "sqrt";
  /** Whether the vertical axis begins at zero; false by default. */
  readonly yFromZero?: boolean;
  /** Whether each value is marked with a point; false by default. */
  readonly points?: boolean;
}

/**
 * Resolves to curves over a common axis, as an SVG text.
 *
 * @param options - the series, titles and scales
 *
 * @example
 * const svg = await lineChart({ xTitle: "epoch", series: [{ name: "loss", y: [1, 0.5, 0.4] }] });
 * svg.startsWith("<svg"); // => true
 */
export function lineChart(options: LineChartOptions): Promise<string> {
  const { series, xTitle = null, yTitle = null, yFromZero = false, points = false } = options;
  const { xScale = "linear", yScale = "linear" } = options;
  const values = series.flatMap(({ name, x, y }) =>
    Array.from(y, (value, i) => ({
      x: x === undefined ? i + 1 : x[i]!,
      y: Number.isFinite(value) ? value : null,
      name,
    })),
  );
  const names = series.map(({ name }) => name);
  const isCounted = series.every(({ x }) => x === undefined);
  return draw(
    {
      data: { values },
      mark: {
        type: "line",
        strokeWidth: 2,
        invalid: "break-paths-show-path-domains",
        point: points,
      },
      encoding: {
        x: {
          field: "x",
          type: "quantitative",
          title: xTitle,
          scale: {
            type: xScale,
            nice: !isCounted && xScale !== "log",
            ...(xScale !== "log" && { zero: false }),
          },
          axis: { grid: false, ...(isCounted && { tickMinStep: 1 }) },
        },
        y: {
          field: "y",
          type: "quantitative",
          title: yTitle,
          scale: { type: yScale, ...(yScale !== "log" && { zero: yFromZero }) },
        },
        color: {
          field: "name",
          type: "nominal",
          scale: { domain: names },
          legend: names.length === 1 ? null : legendOver(names, options.width),
        },
      },
    },
    options,
  );
}
