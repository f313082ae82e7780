import { loadDigits, trainTestSplit } from "@tensorloom/data";
import {
  crossEntropy,
  mlp,
  mobileNetV1,
  mseLoss,
  resnet,
  sequenceClassifier,
  type Loss,
  type Module,
} from "@tensorloom/nn";
import { random, resize, stack, tidy, type Tensor } from "@tensorloom/tensor";

/** Inputs and targets, to train on and to test with. */
export interface Split {
  readonly train: { readonly x: Tensor; readonly y: Tensor };
  readonly test: { readonly x: Tensor; readonly y: Tensor };
}

/** A model and what it is to learn. */
export interface Task {
  readonly name: string;
  /** The shape of one sample. */
  readonly inputShape: readonly number[];
  readonly build: () => Module;
  readonly data: () => Promise<Split>;
  readonly loss: Loss;
  readonly epochs: number;
  readonly learningRate: number;
  /** What is reported: accuracy, or for a regression the share of the variance that is explained. */
  readonly score: "accuracy" | "R²";
}

/** 1,797 handwritten digits of 8x8 pixels, a quarter of them to test with. */
async function digits(shape: (images: Tensor) => Tensor): Promise<Split> {
  const { data, target } = await loadDigits({ shape: [8, 8, 1] });
  const images = tidy(() => shape(data.div(8).sub(1)));
  const [xTrain, xTest, yTrain, yTest] = await trainTestSplit(images, target, {
    testSize: 0.25,
    stratify: target,
    seed: 1,
  });
  return { train: { x: xTrain!, y: yTrain! }, test: { x: xTest!, y: yTest! } };
}

const enlarged = (size: number) => (images: Tensor) =>
  resize(images, [size, size], { method: "linear" });

/** Friedman 1991, "Multivariate adaptive regression splines": five features that matter, and five that do not. */
async function friedman(): Promise<Split> {
  const draw = (count: number, seed: number): { x: Tensor; y: Tensor } => {
    const x = random.uniform([count, 10], { seed });
    const y = tidy(() => {
      const [a, b, c, d, e] = x.split(10, 1) as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const wave = a.mul(b).mul(Math.PI).sin().mul(10);
      const rest = c.sub(0.5).square().mul(20).add(d.mul(10)).add(e.mul(5));
      // In units of its standard deviation, about 5, with noise of standard deviation 1.
      return wave
        .add(rest)
        .add(random.normal([count, 1], { seed: seed + 1 }))
        .sub(14.4)
        .div(5);
    });
    return { x, y };
  };
  return { train: draw(2000, 1), test: draw(1000, 3) };
}

/** The four models. */
export const tasks: readonly Task[] = [
  {
    name: "ResNet-20, width 8, on digits of 16x16",
    inputShape: [16, 16, 1],
    build: () => resnet({ depth: 20, width: 8, inChannels: 1 }),
    data: () => digits(enlarged(16)),
    loss: crossEntropy,
    epochs: 12,
    learningRate: 0.01,
    score: "accuracy",
  },
  {
    name: "MobileNet, α = 0.25, on digits of 32x32",
    inputShape: [32, 32, 1],
    build: () => mobileNetV1({ alpha: 0.25, inputShape: [32, 32, 1], classes: 10 }),
    data: () => digits(enlarged(32)),
    loss: crossEntropy,
    epochs: 20,
    learningRate: 0.01,
    score: "accuracy",
  },
  {
    name: "LSTM, 64 units, on digits row by row",
    inputShape: [8, 8],
    build: () => sequenceClassifier({ cell: "lstm", inputSize: 8, hiddenSize: 64, classes: 10 }),
    data: () => digits((images) => images.squeeze(-1)),
    loss: crossEntropy,
    epochs: 30,
    learningRate: 0.01,
    score: "accuracy",
  },
  {
    name: "MLP 10-64-64-1, regression (Friedman 1)",
    inputShape: [10],
    build: () => mlp({ inFeatures: 10, hidden: [64, 64], outFeatures: 1 }),
    data: friedman,
    loss: mseLoss,
    epochs: 60,
    learningRate: 0.005,
    score: "R²",
  },
];

/** Returns the share of the variance of `targets` that `outputs` explain. */
export function explained(outputs: Tensor, targets: Tensor): Tensor {
  return tidy(() => {
    const parts = stack([outputs.sub(targets).square().sum(), targets.sub(targets.mean()).square().sum()]); // prettier-ignore
    const [missed, all] = parts.split(2) as [Tensor, Tensor];
    return missed.div(all).neg().add(1).reshape([]);
  });
}
