import { fromArrays } from "@tensorloom/data";
import {
  averageModels,
  baggingEnsemble,
  DropConnect,
  Dropout,
  earlyStopping,
  fit,
  l1,
  l1l2,
  l2,
  Linear,
  ReLU,
  Sequential,
  snapshotEnsemble,
  type Batch,
} from "@tensorloom/nn";
import { pad, random, tidy, type Tensor } from "@tensorloom/tensor";
import type { FewDigits } from "./few-digits.ts";
import {
  accuracyOf,
  adam,
  addScores,
  epochs,
  network,
  noScores,
  outcomeOf,
  scored,
  train,
  type Course,
  type Outcome,
} from "./learning.ts";

/** A measure against overfitting. */
export interface Measure {
  readonly name: string;
  /** What it does, in a sentence or two. */
  readonly text: string;
  run(data: FewDigits, seed: number): Promise<Outcome>;
}

/** Nothing: what the measures are compared with. */
export const plain: Measure = {
  name: "nothing",
  text: "The network as it is, trained for 60 epochs.",
  run: (data, seed) => train(data, seed),
};

const together = {
  ...scored,
  optimizer: adam,
  combine: "probabilities",
  progress: false,
} as const;

/** Every measure, in the order of the page. */
export const measures: readonly Measure[] = [
  {
    name: "early stopping",
    text:
      "Training ends when the loss on the validation images has not fallen for ten epochs; the weights of the best epoch are put back. It " +
      "is the only measure that looks at them.",
    run: (data, seed) => train(data, seed, { callbacks: [earlyStopping({ patience: 10 })] }),
  },
  {
    name: "L1",
    text: "The magnitudes of the weights are added to the loss, which draws most of them to zero.",
    run: (data, seed) => train(data, seed, { regularizer: l1(7e-4) }),
  },
  {
    name: "L2",
    text: "The squares of the weights are added to the loss, which keeps them small.",
    run: (data, seed) => train(data, seed, { regularizer: l2(6e-3) }),
  },
  {
    name: "elastic net",
    text: "Both.",
    run: (data, seed) => train(data, seed, { regularizer: l1l2({ l1: 3e-4, l2: 3e-3 }) }),
  },
  {
    name: "dropout",
    text: "Each step trains the network without a random half of its hidden units.",
    run: (data, seed) =>
      train(data, seed, {
        build: () =>
          new Sequential(
            new Linear(64, 128),
            new ReLU(),
            new Dropout(0.5),
            new Linear(128, 128),
            new ReLU(),
            new Dropout(0.5),
            new Linear(128, 10),
          ),
      }),
  },
  {
    name: "DropConnect",
    text: "Each step trains the network without a random half of its weights.",
    run: (data, seed) =>
      train(data, seed, {
        build: () =>
          new Sequential(
            new DropConnect(new Linear(64, 128), 0.5),
            new ReLU(),
            new DropConnect(new Linear(128, 128), 0.5),
            new ReLU(),
            new Linear(128, 10),
          ),
      }),
  },
  {
    name: "augmentation",
    text: "In each epoch every image is moved by up to a pixel, up or down and left or right: more data, of a kind.",
    run: (data, seed) => {
      const source = fromArrays({ ...data.training })
        .shuffle({ seed })
        .map(({ x, y }) => tidy(() => ({ x: movedAtRandom(x), y: y.add(0) })))
        .batch(32);
      return train(data, seed, { source });
    },
  },
  {
    name: "fewer features",
    text:
      "Pixels that are white in nearly every training image, or black, tell little and are left out: those with a standard deviation " +
      "below 0.15.",
    async run(data, seed) {
      const spread = data.training.x.std(0);
      const deviations = Array.from(await spread.data());
      spread.dispose();
      const chosen = deviations.flatMap((deviation, i) => (deviation > 0.15 ? [i] : []));
      const pick = ({ x, y }: Batch): Batch => ({ x: x.gather(chosen, 1), y });
      const fewer = {
        training: pick(data.training),
        validation: pick(data.validation),
        test: pick(data.test),
      };
      const outcome = await train(fewer, seed, { build: () => network(chosen.length) });
      for (const { x } of Object.values(fewer)) x.dispose();
      return outcome;
    },
  },
  {
    name: "bagging",
    text: "Seven networks, each trained on images drawn with replacement; their probabilities are averaged.",
    async run(data, seed) {
      const ensemble = await baggingEnsemble(() => network(), data.training, {
        ...together,
        seed,
        models: 7,
        epochs: 40,
      });
      return outcomeOf(ensemble, data);
    },
  },
  {
    name: "snapshots",
    text: "One training whose learning rate falls to zero and starts again five times; the five networks answer together.",
    async run(data, seed) {
      const ensemble = await snapshotEnsemble(() => network(), data.training, {
        ...together,
        seed,
        cycles: 5,
        epochsPerCycle: 12,
        learningRate: 0.01,
      });
      return outcomeOf(ensemble, data);
    },
  },
  {
    name: "averaged weights",
    text: "The mean of the weights at the ends of the last thirty of the 60 epochs; the curves are those of the mean.",
    async run({ training, validation, test }, seed) {
      random.seed(seed);
      const [model, mean] = [network(), network()];
      const optimizer = adam(model);
      const course: Course = { step: "epoch", training: noScores(), validation: noScores() };
      await fit(model, training, {
        ...scored,
        optimizer,
        epochs,
        progress: false,
        callbacks: [
          {
            async onEpochEnd({ epoch }) {
              const before = Math.max(0, epoch - (epochs - 30) - 1);
              tidy(() =>
                mean.loadStateDict(averageModels([mean, model], { weights: [before, 1] })),
              );
              await addScores(course.training, mean, training);
              await addScores(course.validation, mean, validation);
            },
          },
        ],
      });
      const accuracy = await accuracyOf(mean, test);
      for (const owner of [optimizer, model, mean]) owner.dispose();
      return { course, accuracy };
    },
  },
];

/** Moves an image of 64 pixels by -1, 0 or 1 along each axis; what comes in is white. */
function movedAtRandom(x: Tensor): Tensor {
  const [down, right] = Array.from(random.randint(0, 3, [2]).dataSync()) as [number, number];
  const padded = pad(x.reshape([8, 8]), [
    [1, 1],
    [1, 1],
  ]);
  return padded.slice([down, right], [down + 8, right + 8]).reshape([64]);
}
