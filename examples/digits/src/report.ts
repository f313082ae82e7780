import { parse, View, type Spec } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Findings, Misread } from "./workflow.ts";

/** What the report says of the run beside its findings. */
export interface RunFacts {
  readonly backend: string;
  readonly threads: number;
  readonly features: readonly string[];
  readonly seed: number;
  readonly seconds: number;
}

const ink = "#1f3a5f";
const accent = "#d1495b";
const maxMisread = 12;

/** Resolves to the findings as one HTML page that needs nothing else: plots are SVG, drawn by Vega-Lite. */
export async function renderReport(findings: Findings, facts: RunFacts): Promise<string> {
  const [loss, accuracy, confusion] = await Promise.all([
    draw(learningCurve(findings, "loss", "loss (cross-entropy)")),
    draw(learningCurve(findings, "accuracy", "accuracy")),
    draw(confusionPlot(findings)),
  ]);
  const misread = findings.misread.slice(0, maxMisread);
  const images = await Promise.all(misread.map((image) => draw(digitPlot(image))));
  const best = findings.scores.at(-1)!;
  const figures = images.map((svg, i) => {
    const { truth, predicted } = misread[i]!;
    return `<figure>${svg}<figcaption>a ${truth}, read as ${predicted}</figcaption></figure>`;
  });
  const rows = findings.scores.map(
    ({ name, accuracy: share, seconds }) =>
      `<tr><td>${name}</td><td>${(100 * share).toFixed(2)} %</td><td>${seconds.toFixed(2)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Handwritten digits</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
  h1, h2 { color: ${ink}; line-height: 1.2; } h2 { margin-top: 2.5rem; }
  table { border-collapse: collapse; } td, th { padding: .3rem 1rem; border-bottom: 1px solid #ddd; text-align: right; }
  td:first-child, th:first-child { text-align: left; padding-left: 0; } tr:last-child td { font-weight: 600; }
  .plots { display: flex; flex-wrap: wrap; gap: 2rem; } figure { margin: 0; text-align: center; font-size: .85rem; }
  svg { max-width: 100%; height: auto; } .facts { color: #666; }
</style>
<h1>Handwritten digits: ${(100 * best.accuracy).toFixed(2)} % read rightly</h1>
<p class="facts">Backend ${facts.backend} (${facts.features.join(", ")}), ${facts.threads} thread${facts.threads === 1 ? "" : "s"},
seed ${facts.seed}, ${facts.seconds.toFixed(1)} s in all. 1,797 images of 8x8 pixels: E. Alpaydin, C. Kaynak,
UCI Machine Learning Repository, CC BY 4.0.</p>
<h2>Comparison on ${findings.testCount} test images</h2>
<table><tr><th>model</th><th>test accuracy</th><th>seconds</th></tr>
${rows.join("\n")}
</table>
<h2>Learning curves of the network</h2>
<div class="plots">${loss}${accuracy}</div>
<h2>Confusion matrix of the network</h2>
<div class="plots">${confusion}</div>
<h2>${misreadTitle(findings.misread.length, misread.length)}</h2>
<div class="plots">${figures.join("\n")}</div>
</html>
`;
}

function misreadTitle(all: number, shown: number): string {
  if (all === 0) return "No digit was misread";
  return shown < all ? `${shown} of the ${all} misread digits` : `The ${all} misread digits`;
}

async function draw(spec: TopLevelSpec): Promise<string> {
  const { spec: compiled } = compile(spec);
  const view = new View(parse(compiled as Spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

function learningCurve(findings: Findings, name: string, title: string): TopLevelSpec {
  const validation = `val${name[0]!.toUpperCase()}${name.slice(1)}`;
  const values = findings.history.epochs.flatMap((record) => [
    { epoch: record.epoch, value: record.values[name], data: "training" },
    { epoch: record.epoch, value: record.values[validation], data: "validation" },
  ]);
  return {
    width: 380,
    height: 260,
    data: { values },
    mark: { type: "line", strokeWidth: 2 },
    encoding: {
      x: { field: "epoch", type: "quantitative", axis: { tickMinStep: 1, grid: false } },
      y: { field: "value", type: "quantitative", title, scale: { zero: name === "loss" } },
      color: {
        field: "data",
        type: "nominal",
        title: null,
        scale: { domain: ["training", "validation"], range: [ink, accent] },
        legend: { orient: "top" },
      },
    },
  };
}

function confusionPlot({ confusion }: Findings): TopLevelSpec {
  const values = confusion.flatMap((row, truth) =>
    row.map((count, answer) => ({ truth, answer, count })),
  );
  const most = Math.max(...values.map(({ count }) => count));
  return {
    width: 400,
    height: 400,
    data: { values },
    encoding: {
      x: {
        field: "answer",
        type: "ordinal",
        title: "the network's answer",
        axis: { labelAngle: 0, orient: "top" },
      },
      y: { field: "truth", type: "ordinal", title: "the true digit" },
    },
    layer: [
      {
        mark: "rect",
        encoding: {
          // The square root keeps a single mistake visible beside forty right answers.
          color: {
            field: "count",
            type: "quantitative",
            scale: { type: "sqrt", range: ["#ffffff", ink], interpolate: "rgb" },
            legend: null,
          },
        },
      },
      {
        transform: [{ filter: "datum.count > 0" }],
        mark: { type: "text", fontSize: 12 },
        encoding: {
          text: { field: "count", type: "quantitative" },
          color: {
            condition: { test: `datum.count > ${most / 4}`, value: "white" },
            value: ink,
          },
        },
      },
    ],
    config: { axis: { grid: false } },
  };
}

function digitPlot({ pixels }: Misread): TopLevelSpec {
  const values = pixels.map((value, i) => ({ x: i % 8, y: Math.trunc(i / 8), value }));
  return {
    width: 96,
    height: 96,
    data: { values },
    mark: "rect",
    encoding: {
      x: { field: "x", type: "ordinal", axis: null, scale: { padding: 0 } },
      y: { field: "y", type: "ordinal", axis: null, scale: { padding: 0 } },
      color: {
        field: "value",
        type: "quantitative",
        scale: { domain: [0, 1], range: ["#ffffff", "#111111"] },
        legend: null,
      },
    },
    config: { view: { stroke: "#ccc" } },
  };
}
