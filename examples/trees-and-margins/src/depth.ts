import { DecisionTreeClassifier } from "@tensorloom/classic";
import { makeMoons } from "@tensorloom/data";
import { lineChart, type Section } from "@tensorloom/plot";
import { drawRegions, planeOf } from "./plane.ts";

/** Trees of growing depth: they first learn the pattern, then the noise by heart. */
export async function depth(): Promise<Section> {
  const moons = await makeMoons({ samples: 200, noise: 0.35, seed: 7 });
  const fresh = await makeMoons({ samples: 2000, noise: 0.35, seed: 8 });
  const plane = await planeOf(moons);
  const figures = [];
  const depths = Array.from({ length: 14 }, (_, i) => i + 1);
  const [seen, unseen] = [[] as number[], [] as number[]];
  for (const maxDepth of depths) {
    const model = await new DecisionTreeClassifier({ maxDepth }).fit(moons.x, moons.y);
    seen.push(await model.score(moons.x, moons.y));
    unseen.push(await model.score(fresh.x, fresh.y));
    if (![1, 3, 14].includes(maxDepth)) continue;
    const name = maxDepth === 14 ? "no limit" : `depth ${maxDepth}`;
    const caption = `${model.nLeaves} leaves; right on ${percent(seen.at(-1)!)} of the samples it learned from, ${percent(unseen.at(-1)!)} of new ones.`;
    figures.push({ svg: await drawRegions(plane, model, name), caption });
  }
  const curves = await lineChart({
    title: "Right answers by depth",
    ...{ xTitle: "depth", yTitle: "share", width: 270, height: 200 },
    series: [
      { name: "seen samples", x: depths, y: seen },
      { name: "new samples", x: depths, y: unseen },
    ],
  });
  const caption = "Past the best depth, every further question fits noise.";
  return {
    heading: "A tree's regions against its depth",
    text: "The same noisy moons, asked one question, three in a row, and as many as it takes to know every sample by heart.",
    figures: [...figures, { svg: curves, caption }],
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
