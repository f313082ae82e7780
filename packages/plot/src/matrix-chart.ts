import { draw, type ChartOptions } from "./draw.ts";
import { ink } from "./theme.ts";

/** What {@link matrixChart} takes. */
export interface MatrixChartOptions extends ChartOptions {
  /** Rows of numbers; the first stands at the top. */
  readonly values: readonly ArrayLike<number>[];
  /** The rows' names; 0, 1, 2 and so on by default. */
  readonly rows?: readonly (string | number)[];
  /** The columns' names; likewise. */
  readonly columns?: readonly (string | number)[];
  /** How a number is written into its cell, after d3-format (`".2f"`); null leaves cells empty. `"~g"` by default. */
  readonly format?: string | null;
  /** Two colours around zero, for correlations, in place of one; false by default. */
  readonly diverging?: boolean;
}

/**
 * Resolves to a matrix as coloured cells (confusion, correlation, scores over a grid), as an SVG text.
 *
 * @param options - the values and names
 *
 * @example
 * const svg = await matrixChart({ values: [[9, 1], [0, 10]], rows: ["cat", "dog"], columns: ["cat", "dog"] });
 * svg.includes("cat"); // => true
 */
export function matrixChart(options: MatrixChartOptions): Promise<string> {
  const { values, rows, columns, format = "~g", diverging = false } = options;
  const cells = values.flatMap((row, r) =>
    Array.from(row, (value, c) => ({
      row: String(rows?.[r] ?? r),
      column: String(columns?.[c] ?? c),
      value,
    })),
  );
  const largest = Math.max(...cells.map(({ value }) => Math.abs(value)));
  const side = Math.max(260, Math.min(420, 40 * values.length));
  const encoding = {
    x: {
      field: "column",
      type: "ordinal",
      sort: null,
      title: options.xTitle ?? null,
      axis: { labelAngle: columns === undefined ? 0 : -40, orient: "top", grid: false },
    },
    y: {
      field: "row",
      type: "ordinal",
      sort: null,
      title: options.yTitle ?? null,
      axis: { grid: false },
    },
  };
  // The square root keeps a single mistake visible beside forty right answers.
  const scale = diverging
    ? { domain: [-largest, 0, largest], range: ["#d1495b", "#ffffff", ink], interpolate: "rgb" }
    : { type: "sqrt", range: ["#ffffff", ink], interpolate: "rgb" };
  const layer: object[] = [
    {
      mark: { type: "rect", stroke: "white", strokeWidth: 1 },
      encoding: { color: { field: "value", type: "quantitative", scale, legend: null } },
    },
  ];
  if (format !== null) {
    layer.push({
      transform: [{ filter: "datum.value != 0" }],
      mark: { type: "text", fontSize: 11 },
      encoding: {
        text: { field: "value", type: "quantitative", format },
        color: {
          condition: {
            test: `abs(datum.value) > ${largest / (diverging ? 1.6 : 4)}`,
            value: "white",
          },
          value: ink,
        },
      },
    });
  }
  return draw(
    { data: { values: cells }, encoding, layer },
    { width: side, height: side, ...options },
  );
}
