import {
  AdaBoostClassifier,
  BaggingClassifier,
  DecisionTreeClassifier,
  GradientBoostingClassifier,
} from "@tensorloom/classic";
import { makeMoons, type GeneratedSamples } from "@tensorloom/data";
import { lineChart, type Section } from "@tensorloom/plot";
import { tensor, type Tensor } from "@tensorloom/tensor";
import { drawRegions, planeOf } from "./plane.ts";

const most = 100;

/** Bagging averages strong trees, boosting adds up weak ones: errors on new samples by the number of trees. */
export async function ensembles(): Promise<Section> {
  const moons = await makeMoons({ samples: 200, noise: 0.35, seed: 7 });
  const fresh = await makeMoons({ samples: 2000, noise: 0.35, seed: 8 });
  const plane = await planeOf(moons);
  const tree = await new DecisionTreeClassifier().fit(moons.x, moons.y);
  const bagging = await new BaggingClassifier({ nEstimators: most }).fit(moons.x, moons.y);
  const adaBoost = await new AdaBoostClassifier({ nEstimators: most }).fit(moons.x, moons.y);
  const boosting = await new GradientBoostingClassifier({
    ...{ nEstimators: most, learningRate: 0.1, maxDepth: 2, minSamplesLeaf: 5 },
  }).fit(moons.x, moons.y);
  const truth = await fresh.y.data();
  const errors = async (stages: AsyncIterable<Tensor>): Promise<number[]> => {
    const found: number[] = [];
    for await (const stage of stages) {
      const predicted = await stage.data();
      stage.dispose();
      found.push(predicted.filter((value, i) => value !== truth[i]).length / truth.length);
    }
    return found;
  };
  const alone = 1 - (await tree.score(fresh.x, fresh.y));
  const curves = await lineChart({
    title: "Errors on new samples",
    ...{ xTitle: "trees", yTitle: "share", width: 700, height: 260 },
    series: [
      { name: "one tree", y: Array.from({ length: most }, () => alone) },
      { name: "bagging", y: await errors(votesOf(bagging.estimators, fresh)) },
      { name: "AdaBoost of stumps", y: await errors(adaBoost.stagedPredict(fresh.x)) },
      { name: "gradient boosting", y: await errors(boosting.stagedPredict(fresh.x)) },
    ],
  });
  const regions = async (model: typeof bagging | typeof boosting, title: string) => ({
    svg: await drawRegions(plane, model, title),
    caption: `Right on ${(100 * (await model.score(fresh.x, fresh.y))).toFixed(1)} % of new samples.`,
  });
  return {
    heading: "Bagging against boosting",
    text:
      "Bagging averages trees that each know their draw of the samples by heart: what one of them imagines, the others outvote, " +
      "and more trees never hurt. Boosting adds up small trees, each correcting those before it: it starts badly, gets as " +
      "good with a fraction of the leaves, and may end in learning noise.",
    figures: [
      { svg: curves },
      await regions(bagging, "bagging, 100 trees"),
      await regions(boosting, "gradient boosting, 100 trees"),
    ],
  };
}

/** What the first members of a bag say together, for each number of them. */
async function* votesOf(
  members: readonly { predict(x: Tensor): Promise<Tensor> }[],
  { x, y }: GeneratedSamples,
): AsyncGenerator<Tensor> {
  const votes = new Float64Array(y.size);
  for (const [m, member] of members.entries()) {
    const predicted = await member.predict(x);
    (await predicted.data()).forEach((value, i) => (votes[i]! += value));
    predicted.dispose();
    yield tensor(Int32Array.from(votes, (sum) => Number(2 * sum > m + 1)));
  }
}
