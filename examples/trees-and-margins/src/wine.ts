import {
  DecisionTreeClassifier,
  drawTree,
  exportText,
  RandomForestClassifier,
} from "@tensorloom/classic";
import { loadWine, trainTestSplit } from "@tensorloom/data";
import { barChart, type Section } from "@tensorloom/plot";

/** A tree that can be read, and what a forest finds important, on the chemistry of 178 wines. */
export async function wine(): Promise<Section> {
  const { data, target, featureNames } = await loadWine();
  const classNames = ["A", "B", "C"];
  const [xTrain, xTest, yTrain, yTest] = await trainTestSplit(data, target, { stratify: target });
  const tree = await new DecisionTreeClassifier({ maxDepth: 3, ccpAlpha: 0.01 }).fit(
    xTrain,
    yTrain,
  );
  const forest = await new RandomForestClassifier({ nEstimators: 200, oobScore: true }).fit(
    xTrain,
    yTrain,
  );
  process.stdout.write(`${exportText(tree, { featureNames, classNames })}\n`);
  const importances = Array.from(await forest.featureImportances.data());
  const bars = featureNames
    .map((name, f) => ({ name, value: importances[f]! }))
    .toSorted((a, b) => b.value - a.value);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return {
    heading: "A tree to read, and importances",
    text:
      `Three questions tell the growers A, B and C of ${data.shape[0]} wines apart: a pruned tree is right on ${percent(await tree.score(xTest, yTest))} of wines it has not ` +
      `seen. A forest of 200 trees is right on ${percent(await forest.score(xTest, yTest))}; its trees say ${percent(forest.oobScore!)} by themselves, of the wines that each did not draw.`,
    figures: [
      {
        svg: drawTree(tree, { featureNames, classNames }),
        caption: "True goes left; the paler, the less sure.",
      },
      {
        svg: await barChart({
          bars,
          title: "What the forest's splits gain from",
          xTitle: "share",
          format: ".3f",
          width: 420,
        }),
        caption: "By how much each feature's splits lower the impurity.",
      },
    ],
  };
}
