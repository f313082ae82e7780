import { SVC } from "@tensorloom/classic";
import { makeMoons, type GeneratedSamples } from "@tensorloom/data";
import type { Section } from "@tensorloom/plot";
import { drawRegions, planeOf, type Plane } from "./plane.ts";

/** A support vector machine with C small and large: wide margins that let samples in, narrow ones that hunt every sample. */
export async function margins(): Promise<Section> {
  const moons = await makeMoons({ samples: 120, noise: 0.25, seed: 4 });
  const plane = await planeOf(moons);
  const figures = [];
  for (const C of [0.05, 1, 1000]) figures.push(await withMargin(moons, plane, C));
  return {
    heading: "Margins of a support vector machine",
    text:
      "The line between the classes is drawn whole, the margins on both sides are dashed, support vectors are circled. " +
      "A small C makes wrong sides cheap: the margin is wide, most samples are support vectors, the line is smooth. " +
      "A large C makes them dear: the margin shrinks and the line bends round single samples.",
    figures,
  };
}

async function withMargin(
  { x, y }: GeneratedSamples,
  plane: Plane,
  C: number,
): Promise<{ svg: string; caption: string }> {
  using model = await new SVC({ C, gamma: 1 }).fit(x, y);
  using decisions = await model.decisionFunction(plane.places);
  const vectors = (await model.supportVectors.array()) as number[][];
  const svg = await drawRegions(plane, model, `C = ${C}`, {
    marked: vectors.map(([a, b]) => ({ x: a!, y: b! })),
    contours: { values: await decisions.data(), levels: [-1, 0, 1] },
  });
  const share = (100 * (await model.score(x, y))).toFixed(0);
  return {
    svg,
    caption: `${vectors.length} support vectors; ${share} % of the samples are right.`,
  };
}
