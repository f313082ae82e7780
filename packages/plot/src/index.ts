export { lineChart, type LineChartOptions, type Series } from "./line-chart.ts";
export { scatterChart, type Point, type ScatterChartOptions } from "./scatter-chart.ts";
export { regionChart, type Contours, type RegionChartOptions } from "./region-chart.ts";
export { matrixChart, type MatrixChartOptions } from "./matrix-chart.ts";
export { barChart, type Bar, type BarChartOptions } from "./bar-chart.ts";
export { imageChart, type Box, type ImageChartOptions } from "./image-chart.ts";
export { htmlPage, type Figure, type HtmlPageOptions, type Section } from "./html-page.ts";
export type { ChartOptions } from "./draw.ts";
