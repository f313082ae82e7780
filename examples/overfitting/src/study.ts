import { crossEntropy, crossValidate, Linear, ReLU, Sequential } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { barChart, htmlPage, lineChart } from "@tensorloom/plot";
import { fewDigits, type FewDigits } from "./few-digits.ts";
import type { Course, Outcome, Scores } from "./learning.ts";
import { measures, plain, type Measure } from "./measures.ts";

const seeds = [1, 2, 3];

/** Runs every measure on the same data for several seeds, and resolves to a page of curves and a comparison. */
export async function studyOverfitting(say: (line: string) => void): Promise<string> {
  const sets = await Promise.all(seeds.map(fewDigits));
  const runAll = async ({ name, run }: Measure): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const [i, seed] of seeds.entries()) outcomes.push(await run(sets[i]!, seed));
    say(`${name.padEnd(18)} ${summary(outcomes)}`);
    return outcomes;
  };
  say(`test accuracy, mean and standard deviation of ${seeds.length} seeds\n`);
  const without = await runAll(plain);
  const results: { readonly measure: Measure; readonly outcomes: Outcome[] }[] = [];
  for (const measure of measures) results.push({ measure, outcomes: await runAll(measure) });
  const folds = await widthsByFolds(sets[0]!, say);
  const sections = await Promise.all(
    results.map(async ({ measure, outcomes }) => ({
      heading: `${measure.name[0]!.toUpperCase()}${measure.name.slice(1)}: ${summary(outcomes)}, without ${summary(without)}`,
      text: measure.text,
      figures: await curves(outcomes[0]!.course, without[0]!.course),
    })),
  );
  const bars = [{ measure: plain, outcomes: without }, ...results].map(({ measure, outcomes }) => ({
    name: measure.name,
    value: mean(outcomes.map(({ accuracy }) => accuracy)),
  }));
  return htmlPage({
    title: "Against overfitting",
    intro:
      "A network of 26 thousand parameters learns handwritten digits from 200 images, a quarter of them with a label drawn at random. Left " +
      "alone, it soon knows the 200 by heart, the wrong labels too: the training loss falls to nothing, the validation loss rises.\n\n" +
      "The curves are of the first seed, those of validation from 200 other images, whose labels are right. Accuracies are of the 1,397 " +
      `images that are left, which decide nothing: means and standard deviations over ${seeds.length} seeds, each with other images.`,
    sections: [
      {
        heading: "All measures",
        figures: [{ svg: await barChart({ title: "Test accuracy", bars, format: ".1%" }) }],
      },
      ...sections,
      folds,
    ],
  });
}

async function curves(withIt: Course, without: Course): Promise<{ readonly svg: string }[]> {
  const { step } = withIt;
  // Beside a growing ensemble, the one network as it ended.
  const beside = ({ loss, accuracy }: Scores): Scores => {
    if (step === "epoch") return { loss, accuracy };
    const steady = (values: number[]): number[] => withIt.training.loss.map(() => values.at(-1)!);
    return { loss: steady(loss), accuracy: steady(accuracy) };
  };
  const [training, validation] = [beside(without.training), beside(without.validation)];
  const chart = async (
    name: keyof Scores,
    title: string,
    yScale: "linear" | "log",
  ): Promise<{ svg: string }> => ({
    svg: await lineChart({
      title,
      xTitle: step === "epoch" ? "epoch" : "networks in the ensemble",
      yScale,
      yFromZero: false,
      series: [
        { name: "training, without", y: positive(training[name]) },
        { name: "validation, without", y: positive(validation[name]) },
        { name: "training, with", y: positive(withIt.training[name]) },
        { name: "validation, with", y: positive(withIt.validation[name]) },
      ],
    }),
  });
  return [
    await chart("loss", "Loss (cross-entropy)", "log"),
    await chart("accuracy", "Accuracy", "linear"),
  ];
}

/** A logarithmic axis has no place for zero, which a loss in float32 can reach. */
function positive(values: readonly number[]): number[] {
  return values.map((value) => Math.max(value, 1e-5));
}

/** The width of the hidden layer, chosen by cross-validation on the 200 images alone. */
async function widthsByFolds(
  { training }: FewDigits,
  say: (line: string) => void,
): Promise<{ heading: string; text: string; table: (string | number)[][] }> {
  const table: (string | number)[][] = [["hidden units", "accuracy", "standard deviation", "loss"]];
  say("\nfive-fold cross-validation of the hidden layer's width, on the 200 images");
  for (const width of [4, 16, 64, 256]) {
    const build = (): Sequential =>
      new Sequential(new Linear(64, width), new ReLU(), new Linear(width, 10));
    const result = await crossValidate(build, training, {
      folds: 5,
      stratify: true,
      seed: 1,
      epochs: 60,
      progress: false,
      loss: crossEntropy,
      metrics: ["accuracy"],
      optimizer: (model) => new Adam(model, { learningRate: 0.003 }),
    });
    const row = [result.mean("accuracy"), result.std("accuracy"), result.mean("loss")].map((v) =>
      v.toFixed(4),
    );
    say(`${String(width).padEnd(18)} ${row.join("  ")}`);
    table.push([width, ...row]);
  }
  return {
    heading: "k-fold cross-validation",
    text:
      "How wide should the hidden layer be? No validation image is needed to answer: each fifth of the 200 is held out once, and the " +
      "scores come with their spread, which says what differences mean.",
    table,
  };
}

function summary(outcomes: readonly Outcome[]): string {
  const values = outcomes.map(({ accuracy }) => 100 * accuracy);
  const squares = values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0);
  return `${mean(values).toFixed(2)} ± ${Math.sqrt(squares / (values.length - 1)).toFixed(2)} %`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
