import type { Config } from "vega-lite";

/** Dark blue: text, and the first series. */
export const ink = "#1f3a5f";

/** The colours of series and groups, in order; told apart by people with colour-blindness too (after Okabe and Ito 2008). */
export const palette: readonly string[] = [
  ink,
  "#d1495b",
  "#2a9d8f",
  "#e9a03b",
  "#7b5ea7",
  "#5aa9e6",
  "#8f6b4a",
  "#e57fb0",
  "#7d8597",
  "#a3b545",
];

/** What all charts share. */
export const theme: Config = {
  background: "#ffffff",
  font: "system-ui, sans-serif",
  title: { anchor: "start", color: ink, fontSize: 14, fontWeight: 600, offset: 10 },
  axis: {
    labelColor: "#555",
    titleColor: "#333",
    titleFontWeight: "normal",
    gridColor: "#eee",
    domainColor: "#bbb",
    tickColor: "#bbb",
    labelFontSize: 11,
    labelLimit: 400,
    titleFontSize: 12,
  },
  legend: { labelFontSize: 11, labelLimit: 240, titleFontSize: 11, orient: "top", title: null },
  range: { category: [...palette] },
  view: { stroke: null },
};
