import { DummyClassifier, KNeighborsClassifier, metrics } from "@tensorloom/classic";
import { describe, loadDigits, trainTestSplit } from "@tensorloom/data";
import { crossEntropy, earlyStopping, fit, predict, type History } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { loadSafetensors, random, saveSafetensors, tidy, type Tensor } from "@tensorloom/tensor";
import { digitsNetwork } from "./model.ts";
import type { Options } from "./options.ts";
import { formatTable } from "./table.ts";

/** One line of the comparison. */
export interface Score {
  readonly name: string;
  readonly accuracy: number;
  readonly seconds: number;
}

/** An image that the network read wrongly. */
export interface Misread {
  readonly pixels: readonly number[];
  readonly truth: number;
  readonly predicted: number;
}

/** What the workflow found. */
export interface Findings {
  readonly scores: readonly Score[];
  readonly history: History;
  readonly confusion: number[][];
  readonly misread: readonly Misread[];
  readonly testCount: number;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs the whole workflow of a machine-learning project on the handwritten digits. */
export async function runWorkflow(options: Options, modelPath: string): Promise<Findings> {
  random.seed(options.seed);
  const { images, labels } = await describeData();

  say("\n2. Split: a quarter is set aside for the one final test");
  const [xTrain, xTest, yTrain, yTest] = await trainTestSplit(images, labels, {
    testSize: 0.25,
    seed: options.seed,
    stratify: labels,
  });
  const testCount = xTest.shape[0]!;
  say(
    `   ${xTrain.shape[0]} images to learn from, ${testCount} to test on, digits in equal proportions`,
  );

  const scores: Score[] = [];
  const flatTrain = xTrain.reshape([-1, 64]);
  const flatTest = xTest.reshape([-1, 64]);

  say("\n3. A common-sense baseline: always answer the most frequent digit");
  scores.push(
    await timed("most frequent digit", async () => {
      const model = await new DummyClassifier().fit(flatTrain, yTrain);
      return model.score(flatTest, yTest);
    }),
  );

  say("\n4. K-nearest neighbours: the digit that most of the 3 nearest images show");
  scores.push(
    await timed("3 nearest neighbours", async () => {
      const model = await new KNeighborsClassifier({ nNeighbors: 3 }).fit(flatTrain, yTrain);
      const score = await model.score(flatTest, yTest);
      model.dispose();
      return score;
    }),
  );

  say("\n5. A small convolutional network, stopped early on a validation split");
  const model = digitsNetwork();
  const optimizer = new Adam(model, { learningRate: 0.002 });
  let history: History | undefined;
  let predicted: Tensor | undefined;
  scores.push(
    await timed("convolutional network", async () => {
      history = await fit(
        model,
        { x: xTrain, y: yTrain },
        {
          optimizer,
          loss: crossEntropy,
          metrics: ["accuracy"],
          epochs: options.epochs,
          batchSize: 32,
          validation: 0.15,
          callbacks: [earlyStopping({ monitor: "valLoss", patience: 8 })],
          seed: options.seed,
        },
      );
      predicted = await classesOf(model, xTest);
      return metrics.accuracy(yTest, predicted);
    }),
  );
  const epochs = history!.epochs.length;
  say(
    `   ${epochs} epochs, ended by ${history!.endedBy === "callback" ? "early stopping" : "the limit"}`,
  );

  say("\n6. Comparison");
  say(indent(comparison(scores)));

  say("\n7. Confusion matrix of the network: true digits down, answers across");
  const matrix = await metrics.confusionMatrix(yTest, predicted!);
  const confusion = (await matrix.array()) as number[][];
  say(indent(confusionTable(confusion)));

  await saveAndVerify(model, xTest, predicted!, modelPath);
  const misread = await findMisread(xTest, yTest, predicted!);
  return { scores, history: history!, confusion, misread, testCount };
}

async function describeData(): Promise<{ images: Tensor; labels: Tensor }> {
  say("1. The data");
  const { data, target, description } = await loadDigits({ shape: [8, 8, 1] });
  say(indent(description));
  const counts = new Map<number, number>();
  for (const digit of await target.data()) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const digits = [...counts.keys()].toSorted((a, b) => a - b);
  say(`\n   images of each digit: ${digits.map((d) => `${d}: ${counts.get(d)}`).join("  ")}`);
  const table = data.reshape([-1, 64]);
  const { columns } = await describe(table);
  const missing = columns.reduce((sum, column) => sum + column.missing, 0);
  const constant = columns.filter((column) => column.std === 0).length;
  say(`   64 pixels, ${missing} missing values, ${constant} pixels the same in every image`);
  say("   mean ink of each pixel, 0 to 16:");
  for (let row = 0; row < 8; row++) {
    const cells = columns
      .slice(row * 8, row * 8 + 8)
      .map(({ mean }) => mean.toFixed(1).padStart(6));
    say(`   ${cells.join("")}`);
  }
  return { images: data.div(16), labels: target };
}

async function timed(name: string, score: () => Promise<number>): Promise<Score> {
  const start = performance.now();
  const accuracy = await score();
  const seconds = (performance.now() - start) / 1000;
  say(`   test accuracy ${accuracy.toFixed(4)}, ${seconds.toFixed(2)} s`);
  return { name, accuracy, seconds };
}

async function classesOf(model: ReturnType<typeof digitsNetwork>, x: Tensor): Promise<Tensor> {
  const outputs = await predict(model, x);
  const classes = tidy(() => outputs.argmax(-1));
  outputs.dispose();
  return classes;
}

/** Returns the one table with the one metric. */
function comparison(scores: readonly Score[]): string {
  const rows = scores.map(({ name, accuracy, seconds }) => [
    name,
    accuracy.toFixed(4),
    seconds.toFixed(2),
  ]);
  return formatTable(["model", "test accuracy", "seconds"], rows);
}

function confusionTable(confusion: readonly (readonly number[])[]): string {
  const digits = confusion.map((_, digit) => String(digit));
  const rows = confusion.map((row, digit) => [
    String(digit),
    ...row.map((count) => (count === 0 ? "·" : String(count))),
  ]);
  return formatTable(["", ...digits], rows);
}

async function saveAndVerify(
  model: ReturnType<typeof digitsNetwork>,
  x: Tensor,
  predicted: Tensor,
  path: string,
): Promise<void> {
  say("\n8. Saved, loaded into a new network, and asked again");
  await saveSafetensors(path, model.stateDict(), { model: "digits" });
  const { tensors } = await loadSafetensors(path);
  const copy = digitsNetwork();
  copy.loadStateDict(tensors);
  const again = await classesOf(copy, x);
  const isSame = (await again.equal(predicted).all().itemAsync()) === 1;
  if (!isSame) throw new Error(`${path}: expected the loaded network to predict the same`);
  say(`   ${path}: every one of ${predicted.size} predictions is the same`);
  copy.dispose();
}

async function findMisread(x: Tensor, y: Tensor, predicted: Tensor): Promise<Misread[]> {
  const [pixels, truth, answers] = await Promise.all([x.data(), y.data(), predicted.data()]);
  return Array.from(truth, (digit, i) => ({
    pixels: Array.from(pixels.subarray(i * 64, (i + 1) * 64)),
    truth: digit,
    predicted: answers[i]!,
  })).filter((image) => image.truth !== image.predicted);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "   ");
}
