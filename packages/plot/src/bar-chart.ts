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
}

/**
 * Resolves to lying bars, one a name, as an SVG text: importances, scores, times.
 *
 * @param options - the bars and titles
 *
 * @example
 * (await barChart({ bars: [{ name: "petal width", value: 0.9 }] })).includes("petal width"); // => true
 */
export function barChart(options: BarChartOptions): Promise<string> {
  const { bars, xTitle = null, yTitle = null } = options;
  return draw(
    {
      data: { values: [...bars] },
      mark: { type: "bar", color: ink, height: { band: 0.7 } },
      encoding: {
        x: { field: "value", type: "quantitative", title: xTitle },
        y: { field: "name", type: "nominal", sort: null, title: yTitle },
      },
    },
    { height: Math.max(60, 24 * bars.length), ...options },
  );
}
