import { draw, type ChartOptions } from "./draw.ts";
import { ink } from "./theme.ts";

/** A bar of a {@link barChart}. */
export interface Bar {
  /** Stands beside it. */
  readonly name: string;
  /** Its length. */
  readonly value: number;
}

/** What {@link barChart} takes. */
export interface BarChartOptions extends ChartOptions {
  /** The bars, from top to bottom. */
  readonly bars: readonly Bar[];
  /** How a value is written beside its bar, after d3-format (`".1%"`); not written by default. */
  readonly format?: string;
}

/**
 * Resolves to lying bars, one a name, as an SVG text: importances, scores, times.
 *
 * @param options - the bars, titles, and how values are written
 *
 * @example
 * (await barChart({ bars: [{ name: "petal width", value: 0.9 }] })).includes("petal width"); // => true
 */
export function barChart(options: BarChartOptions): Promise<string> {
  const { bars, format, xTitle = null, yTitle = null } = options;
  const layer: object[] = [{ mark: { type: "bar", color: ink, height: { band: 0.7 } } }];
  if (format !== undefined) {
    layer.push({
      mark: {
        type: "text",
        align: { expr: "datum.value < 0 ? 'right' : 'left'" },
        dx: { expr: "datum.value < 0 ? -4 : 4" },
        color: "#555",
      },
      encoding: { text: { field: "value", type: "quantitative", format } },
    });
  }
  return draw(
    {
      data: { values: [...bars] },
      encoding: {
        x: { field: "value", type: "quantitative", title: xTitle },
        y: { field: "name", type: "nominal", sort: null, title: yTitle },
      },
      layer,
    },
    { height: Math.max(60, 24 * bars.length), ...options },
  );
}
