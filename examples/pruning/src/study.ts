import { loadDigits, trainTestSplit } from "@tensorloom/data";
import {
  Conv2d,
  crossEntropy,
  evaluate,
  fit,
  Flatten,
  iterativePruning,
  Linear,
  MaxPool2d,
  pruneWeights,
  ReLU,
  removePrunedChannels,
  Sequential,
  type Batch,
  type PruningMethod,
} from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { htmlPage, lineChart } from "@tensorloom/plot";
import { random, tidy, type Tensor } from "@tensorloom/tensor";

interface Digits {
  readonly training: Batch;
  readonly test: Batch;
}
interface Curve {
  readonly name: string;
  readonly x: number[];
  readonly y: number[];
}

const seed = 1;

function network(): Sequential {
  return new Sequential(
    new Conv2d(1, 32, 3, { padding: "same" }),
    new ReLU(),
    new Conv2d(32, 64, 3, { padding: "same" }),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(4 * 4 * 64, 64),
    new ReLU(),
    new Linear(64, 10),
  );
}

/** Prunes one trained network in every way, and resolves to a page of accuracy against sparsity, and of speed. */
export async function studyPruning(say: (line: string) => void): Promise<string> {
  const { data, target } = await loadDigits({ shape: [8, 8, 1] });
  const [x, xTest, y, yTest] = await trainTestSplit(data.div(16), target, {
    testSize: 0.3,
    stratify: target,
    seed,
  });
  const digits = { training: { x, y }, test: { x: xTest, y: yTest } };
  random.seed(seed);
  const trained = network();
  await learn(trained, digits, 12, 0.002);
  const whole = await accuracyOf(trained, digits);
  say(`trained: ${percent(whole)} of ${xTest.shape[0]} test images\n`);
  const state = trained.stateDict();

  const weights = [
    await atOnce("l1", digits, state, say),
    await iteratively("l1", digits, state, say),
    await atOnce("random", digits, state, say),
    await iteratively("random", digits, state, say),
  ];
  const neurons: Curve[] = [];
  for (const method of ["l1", "l2", "meanActivation", "apoz", "random"] as const) {
    neurons.push(await channels(method, digits, state, say));
  }
  const speed = await speeds(digits, state, say);
  return htmlPage({
    title: "Pruning",
    intro:
      `A convolutional network of ${countOf(trained).toLocaleString("en")} parameters reads ${percent(whole)} of the ${xTest.shape[0]} test digits. How much of it can ` +
      "be taken away? One seed; a test image more or less is 0.2 per cent.",
    sections: [
      {
        heading: "Single weights",
        text:
          "The smallest weights go first, at once and without more training, or in steps with two epochs of training after each (the " +
          "share grows fast at first and slowly at the end, where the last step takes next to nothing and trains on: the curve turns up). " +
          "Chance is the control.",
        figures: [
          {
            svg: await accuracyChart(
              "Accuracy against sparsity",
              "share of weights that are zero",
              weights,
            ),
          },
        ],
      },
      {
        heading: "Whole channels and units",
        text:
          "Neurons ranked by the sum of their weights' magnitudes (l1), its root of squares (l2), by the mean of what they give, by how " +
          "seldom it is zero (apoz), or by chance; two epochs of training after each pruning.",
        figures: [
          {
            svg: await accuracyChart(
              "Accuracy against pruned neurons",
              "share of neurons that are gone",
              neurons,
            ),
          },
        ],
      },
      {
        heading: "Speed",
        text:
          "Zeros cost as much as other numbers. After removePrunedChannels the network is really smaller, and gives the same: medians of " +
          "30 forward passes over 256 images.",
        table: [
          [
            "neurons pruned",
            "parameters",
            "multiply-adds an image",
            "ms, zeros in place",
            "ms, removed",
            "times faster",
            "accuracy",
          ],
          ...speed,
        ],
      },
    ],
  });
}

/** Prunes the trained network, without training it on. */
async function atOnce(
  method: PruningMethod,
  digits: Digits,
  state: Readonly<Record<string, Tensor>>,
  say: (line: string) => void,
): Promise<Curve> {
  const curve: Curve = { name: `${method}, at once`, x: [], y: [] };
  for (const amount of [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98]) {
    const model = copyOf(state);
    curve.x.push(await pruneWeights(model, { method, amount, seed }));
    curve.y.push(await accuracyOf(model, digits));
    model.dispose();
  }
  say(line(curve));
  return curve;
}

/** Prunes a little, trains on, and so forth. */
async function iteratively(
  method: PruningMethod,
  digits: Digits,
  state: Readonly<Record<string, Tensor>>,
  say: (line: string) => void,
): Promise<Curve> {
  const model = copyOf(state);
  const steps = await iterativePruning(model, {
    method,
    amount: 0.98,
    steps: 8,
    seed,
    train: () => learn(model, digits, 2, 0.002),
    evaluate: () => accuracyOf(model, digits),
  });
  model.dispose();
  const curve = {
    name: `${method}, in steps`,
    x: steps.map(({ sparsity }) => sparsity),
    y: steps.map(({ score }) => score!),
  };
  say(line(curve));
  return curve;
}

/** Prunes whole neurons of the trained network, and trains it on for two epochs. */
async function channels(
  method: PruningMethod,
  digits: Digits,
  state: Readonly<Record<string, Tensor>>,
  say: (line: string) => void,
): Promise<Curve> {
  const curve: Curve = { name: method, x: [], y: [] };
  for (const amount of [0, 0.25, 0.5, 0.75, 0.85, 0.95]) {
    const model = copyOf(state);
    await pruneWeights(model, { method, amount, structured: true, data: digits.training, seed });
    await learn(model, digits, 2, 0.002);
    curve.x.push(amount);
    curve.y.push(await accuracyOf(model, digits));
    model.dispose();
  }
  say(line(curve));
  return curve;
}

async function speeds(
  digits: Digits,
  state: Readonly<Record<string, Tensor>>,
  say: (line: string) => void,
): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  for (const amount of [0, 0.25, 0.5, 0.75]) {
    const model = copyOf(state).eval();
    await pruneWeights(model, { method: "l1", amount, structured: true });
    await learn(model, digits, 2, 0.002);
    const batch = digits.test.x.slice([0], [256]);
    const before = medianTime(() => tidy(() => void model.forward(batch)));
    await removePrunedChannels(model);
    const after = medianTime(() => tidy(() => void model.forward(batch)));
    const accuracy = percent(await accuracyOf(model, digits));
    const cost = [countOf(model), multiplyAddsOf(model)].map((count) => count.toLocaleString("en"));
    rows.push([
      percent(amount),
      ...cost,
      before.toFixed(2),
      after.toFixed(2),
      (before / after).toFixed(1),
      accuracy,
    ]);
    say(
      `removed ${percent(amount)}: ${cost.join(" parameters, ")} multiply-adds, ${before.toFixed(2)} ms to ${after.toFixed(2)} ms, ${accuracy}`,
    );
    batch.dispose();
    model.dispose();
  }
  return rows;
}

/** Of convolutions over 8x8 places, and of products. */
function multiplyAddsOf(model: Sequential): number {
  return model.layers.reduce((sum, layer) => {
    if (layer instanceof Conv2d) return sum + 64 * layer.weight.value.size;
    return layer instanceof Linear ? sum + layer.weight.value.size : sum;
  }, 0);
}

async function learn(
  model: Sequential,
  { training }: Digits,
  epochs: number,
  learningRate: number,
): Promise<void> {
  const optimizer = new Adam(model, { learningRate });
  await fit(model, training, { optimizer, loss: crossEntropy, epochs, progress: false, seed });
  optimizer.dispose();
}

async function accuracyOf(model: Sequential, { test }: Digits): Promise<number> {
  return (await evaluate(model, test, { metrics: ["accuracy"] }))["accuracy"]!;
}

function copyOf(state: Readonly<Record<string, Tensor>>): Sequential {
  const model = network();
  model.loadStateDict(state);
  return model;
}

function countOf(model: Sequential): number {
  return model.parameters().reduce((sum, { value }) => sum + value.size, 0);
}

function medianTime(run: () => void): number {
  const times = Array.from({ length: 30 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[15]!;
}

function accuracyChart(title: string, xTitle: string, series: readonly Curve[]): Promise<string> {
  return lineChart({
    title,
    xTitle,
    yTitle: "test accuracy",
    yFromZero: false,
    points: true,
    series,
  });
}

function line({ name, x, y }: Curve): string {
  const points = x.map((share, i) => `${share.toFixed(2)}: ${percent(y[i]!)}`);
  return `${name.padEnd(20)} ${points.join("   ")}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
