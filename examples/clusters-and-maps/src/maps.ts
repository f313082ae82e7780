import { PCA, TSNE } from "@tensorloom/classic";
import { loadDigits } from "@tensorloom/data";
import { lineChart, scatterChart, type Section } from "@tensorloom/plot";
import type { Tensor } from "@tensorloom/tensor";

async function map(title: string, places: Tensor, target: Tensor): Promise<string> {
  const digits = await target.data();
  const rows = (await places.array()) as number[][];
  return scatterChart({
    title,
    width: 460,
    height: 420,
    axes: false,
    size: 16,
    points: rows.map(([x, y], i) => ({ x: x!, y: y!, group: digits[i]! })),
  });
}

/** The 1,797 digits in the plane. */
export async function mapSection(): Promise<Section> {
  const { data, target } = await loadDigits();
  const components = await new PCA({ nComponents: 40 }).fit(data);
  const scores = await components.transform(data);
  const start = performance.now();
  const embedded = await new TSNE().fit(data);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  let sum = 0;
  const shares = Array.from(await components.explainedVarianceRatio.data(), (x) => (sum += x));
  return {
    heading: "Maps of the digits",
    text:
      "64 pixels in two dimensions. Components keep distances as far as a plane can; t-SNE keeps neighbourhoods, so that each " +
      `digit is an island of its own. It took ${seconds} s, and its divergence is ${embedded.klDivergence.toFixed(3)}.`,
    figures: [
      {
        svg: await map("two principal components", scores.slice([0, 0], [1797, 2]), target),
        caption: `they explain ${(100 * shares[1]!).toFixed(0)} % of the variance`,
      },
      {
        svg: await map("t-SNE", embedded.embedding, target),
        caption: "perplexity 30, 1,000 steps",
      },
      {
        svg: await lineChart({
          title: "variance explained by so many components",
          xTitle: "components",
          yFromZero: true,
          series: [{ name: "share", x: shares.map((_, i) => i + 1), y: shares }],
        }),
        caption: "what PCA could throw away",
      },
    ],
  };
}
