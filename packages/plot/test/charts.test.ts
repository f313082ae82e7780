import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import {
  barChart,
  htmlPage,
  imageChart,
  lineChart,
  matrixChart,
  regionChart,
  scatterChart,
} from "../src/index.ts";
import { contourLines } from "../src/contour-lines.ts";

/** Returns how often something stands in a text. */
function count(text: string, part: RegExp): number {
  return [...text.matchAll(part)].length;
}

describe("lineChart", () => {
  test("draws a line for each series, named in the legend, with titles", async () => {
    const svg = await lineChart({
      title: "Losses",
      xTitle: "epoch",
      series: [
        { name: "training", y: [3, 2, 1] },
        { name: "validation", y: Float32Array.of(3, 2.5, 2.6) },
      ],
    });
    expect(count(svg, /aria-roledescription="line mark"/g)).toBe(2);
    for (const text of ["Losses", "epoch", "training", "validation"]) {
      expect(svg).toContain(`>${text}<`);
    }
  });
  test("what is not finite leaves a gap", async () => {
    const svg = await lineChart({ series: [{ name: "a", y: [1, 2, Number.NaN, 2, 1] }] });
    const [, path] = /aria-roledescription="line mark" d="([^"]+)"/.exec(svg)!;
    expect(count(path!, /M/g)).toBe(2);
  });
  test("a legend is no wider than the curves", async () => {
    const names = [
      "training, without",
      "validation, without",
      "training, with",
      "validation, with",
    ];
    const svg = await lineChart({ series: names.map((name) => ({ name, y: [1, 2] })) });
    const [, width] = /^<svg[^>]* width="(\d+)"/.exec(svg)!;
    // The plot's 380 pixels, the axis, and what the legend's estimate of letters may be over.
    expect(Number(width)).toBeLessThan(450);
  });
  test("one series needs no legend", async () => {
    expect(await lineChart({ series: [{ name: "only", y: [1, 2] }] })).not.toContain(">only<");
  });
});

test("scatterChart draws every point, and marks some", async () => {
  const points = Array.from({ length: 12 }, (_, i) => ({ x: i, y: i * i, group: i % 3 }));
  const svg = await scatterChart({ points, marked: points.slice(0, 2) });
  expect(count(svg, /aria-roledescription="circle"/g)).toBe(12);
  expect(count(svg, /aria-roledescription="point"/g)).toBe(2);
});

describe("regionChart", () => {
  test("draws one rectangle for each run of equal values", async () => {
    const values = [0, 0, 1, 1, 1, 1];
    const svg = await regionChart({ xs: [0, 1, 2], ys: [0, 1], values });
    expect(count(svg, /aria-roledescription="rect mark"/g)).toBe(3);
  });
  test("refuses values that are not one a place", async () => {
    await expect(regionChart({ xs: [0, 1], ys: [0], values: [1] })).rejects.toThrow(
      "regionChart: values: expected 1 x 2 = 2, got 1",
    );
  });
  test("contours lie where the function has the level", () => {
    const xs = Array.from({ length: 21 }, (_, i) => i / 10 - 1);
    const values = xs.flatMap((y) => xs.map((x) => x + 2 * y));
    const lines = contourLines(xs, xs, { values, levels: [0.5] });
    expect(lines).toHaveLength(1);
    for (const { x, y } of lines[0]!.line) expect(x + 2 * y).toBeCloseTo(0.5, 6);
  });
});

test("matrixChart writes numbers into its cells, and leaves zeros empty", async () => {
  const svg = await matrixChart({
    values: [
      [7, 0],
      [1.5, 12],
    ],
    rows: ["cat", "dog"],
  });
  for (const text of ["7", "1.5", "12", "cat", "dog"]) expect(svg).toContain(`>${text}<`);
  expect(count(svg, /aria-roledescription="rect mark"/g)).toBe(4);
  expect(count(svg, /aria-roledescription="text mark"/g)).toBe(3);
});

test("barChart keeps the bars' order", async () => {
  const svg = await barChart({
    bars: [
      { name: "zeta", value: 1 },
      { name: "alpha", value: 2 },
    ],
  });
  expect(svg.indexOf(">zeta<")).toBeLessThan(svg.indexOf(">alpha<"));
});

test("barChart writes values beside the bars if it is told how", async () => {
  const bars = [
    { name: "gain", value: 0.25 },
    { name: "loss", value: -0.125 },
  ];
  expect(await barChart({ bars })).not.toContain(">25.0%<");
  const svg = await barChart({ bars, format: ".1%" });
  for (const text of ["25.0%", "−12.5%"]) expect(svg).toContain(`>${text}<`);
});

describe("imageChart", () => {
  test("holds the pixels as PNG, and boxes at their places", async () => {
    const svg = await imageChart({
      pixels: [0, 0.5, 1, 0.25],
      width: 2,
      height: 2,
      scale: 10,
      boxes: [{ x1: 0, y1: 1, x2: 2, y2: 2, label: "<b>" }],
    });
    const [, text] = /base64,([^"]+)"/.exec(svg)!;
    expect([...decode(Buffer.from(text!, "base64")).data]).toEqual([0, 128, 255, 64]);
    expect(svg).toContain('<rect x="0" y="10" width="20" height="10"');
    expect(svg).toContain("&lt;b&gt;");
  });
  test("labels are whole beside the picture's border", async () => {
    const boxes = [{ x1: 15, y1: 5, x2: 20, y2: 9, label: "triangle" }];
    const size = { width: 20, height: 10, scale: 10 };
    const svg = await imageChart({ pixels: new Uint8Array(200), ...size, boxes });
    const [, left, width] = /<rect x="([\d.]+)" y="35" width="([\d.]+)" height="15"/.exec(svg)!;
    expect(Number(left) + Number(width)).toBe(200);
  });
  test("refuses another number of pixels", async () => {
    await expect(imageChart({ pixels: [1], width: 2, height: 2 })).rejects.toThrow(
      "imageChart: pixels: expected 2 x 2 x 1 = 4, got 1",
    );
  });
});

test("htmlPage escapes text, and keeps pictures", () => {
  const page = htmlPage({
    title: "A & B",
    intro: "one\n\ntwo",
    sections: [
      {
        heading: "<h>",
        table: [
          ["k", "v"],
          ["a", 1],
        ],
        figures: [{ svg: "<svg/>", caption: "c" }],
      },
    ],
  });
  expect(page).toContain("<title>A &amp; B</title>");
  expect(page).toContain("<p>one</p>\n<p>two</p>");
  expect(page).toContain("<h2>&lt;h&gt;</h2>");
  expect(page).toContain("<figure><svg/><figcaption>c</figcaption></figure>");
  expect(page).toContain("<tr><td>a</td><td>1</td></tr>");
});
