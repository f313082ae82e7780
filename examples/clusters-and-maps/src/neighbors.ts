import { KNeighborsClassifier, trainTestSplit } from "@tensorloom/classic";
import { makeMoons } from "@tensorloom/data";
import { lineChart, regionChart, type Section } from "@tensorloom/plot";
import { tensor } from "@tensorloom/tensor";

const steps = 80;

/** One neighbour learns the noise by heart; all of them say what is most frequent. */
export async function neighborSection(): Promise<Section> {
  const { x: data, y: target } = await makeMoons({ samples: 300, noise: 0.3, seed: 5 });
  const [xTrain, xTest, yTrain, yTest] = await trainTestSplit(data, target, { testSize: 0.4 });
  const count = xTrain.shape[0]!;
  const ks = Array.from({ length: count }, (_, i) => i + 1).filter((k) => k < 30 || k % 5 === 0);
  const scores: { train: number[]; test: number[] } = { train: [], test: [] };
  for (const nNeighbors of ks) {
    using model = await new KNeighborsClassifier({ nNeighbors }).fit(xTrain, yTrain);
    scores.train.push(await model.score(xTrain, yTrain));
    scores.test.push(await model.score(xTest, yTest));
  }
  const best = ks[scores.test.indexOf(Math.max(...scores.test))]!;
  const [xs, ys] = [
    Array.from({ length: steps }, (_, i) => -2 + (5 * i) / (steps - 1)),
    Array.from({ length: steps }, (_, i) => -1.5 + (3.5 * i) / (steps - 1)),
  ];
  const grid = tensor(ys.flatMap((y) => xs.map((x) => [x, y])));
  const rows = (await xTrain.array()) as number[][];
  const classes = await yTrain.data();
  const figures: { svg: string; caption: string }[] = [
    {
      svg: await lineChart({
        title: "accuracy",
        xTitle: "neighbours (log)",
        xScale: "log",
        width: 760,
        series: [
          { name: "training", x: ks, y: scores.train },
          { name: "test", x: ks, y: scores.test },
        ],
      }),
      caption: `best on test samples: k = ${best}`,
    },
  ];
  for (const nNeighbors of [1, best, count]) {
    using model = await new KNeighborsClassifier({ nNeighbors }).fit(xTrain, yTrain);
    const values = Array.from(await (await model.predict(grid)).data());
    const points = rows.map(([x, y], i) => ({ x: x!, y: y!, group: classes[i]! }));
    const svg = await regionChart({ title: `k = ${nNeighbors}`, width: 240, height: 200, xs, ys, values, points }); // prettier-ignore
    figures.push({ svg, caption: { 1: "over-fitted: an island for every sample", [count]: "under-fitted: one class everywhere" }[nNeighbors] ?? "about right" }); // prettier-ignore
  }
  return {
    heading: "Neighbours from one to all",
    text: "Two noisy moons. With one neighbour every training sample is right; with all of them none matters.",
    figures,
  };
}
