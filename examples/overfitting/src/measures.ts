import { fromArrays } from "@tensorloom/data";
import {
  baggingEnsemble,
  crossEntropy,
  DropConnect,
  Dropout,
  earlyStopping,
  evaluate,
  fit,
  l1,
  l1l2,
  l2,
  Linear,
  ReLU,
  Sequential,
  snapshotEnsemble,
  averageModels,
  type Ensemble,
  type FitOptions,
  type History,
  type Module,
} from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { pad, random, tidy, type Tensor } from "@tensorloom/tensor";
import type { FewDigits } from "./few-digits.ts";

/** What a measure came to: how training went, where there was one, and the share of validation images read rightly. */
export interface Outcome {
  readonly history?: History;
  readonly accuracy: number;
}

/** A measure against overfitting. */
export interface Measure {
  readonly name: string;
  /** What it does, in a sentence or two. */
  readonly text: string;
  run(data: FewDigits, seed: number): Promise<Outcome>;
}

const epochs = 60;
const common = { loss: crossEntropy, metrics: ["accuracy"], progress: false } as const;
const adam = (model: Module): Adam => new Adam(model, { learningRate: 0.003 });

/** A network far too large for 200 images: 26 thousand parameters. */
function network(inputs = 64): Sequential {
  return new Sequential(
    new Linear(inputs, 128),
    new ReLU(),
    new Linear(128, 128),
    new ReLU(),
    new Linear(128, 10),
  );
}

async function accuracyOf(model: Module, { validation }: FewDigits): Promise<number> {
  return (await evaluate(model, validation, { metrics: ["accuracy"] }))["accuracy"]!;
}

/** Trains one network with some options more. */
async function train(
  data: FewDigits,
  seed: number,
  options: Partial<FitOptions> = {},
  build: () => Sequential = network,
): Promise<Outcome> {
  random.seed(seed);
  const model = build();
  const history = await fit(model, data.training, {
    ...common,
    optimizer: adam(model),
    epochs,
    validation: data.validation,
    ...options,
  });
  const accuracy = await accuracyOf(model, data);
  model.dispose();
  return { history, accuracy };
}

async function scored(ensemble: Ensemble, data: FewDigits): Promise<Outcome> {
  const accuracy = await accuracyOf(ensemble, data);
  ensemble.dispose();
  return { accuracy };
}

/** Nothing: what the measures are compared with. */
export const plain: Measure = {
  name: "nothing",
  text: "The network as it is, trained for 60 epochs.",
  run: (data, seed) => train(data, seed),
};

/** Every measure, in the order of the page. */
export const measures: readonly Measure[] = [
  {
    name: "early stopping",
    text: "Training ends when the validation loss has not fallen for ten epochs; the best weights are put back.",
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
      train(
        data,
        seed,
        {},
        () =>
          new Sequential(
            new Linear(64, 128),
            new ReLU(),
            new Dropout(0.5),
            new Linear(128, 128),
            new ReLU(),
            new Dropout(0.5),
            new Linear(128, 10),
          ),
      ),
  },
  {
    name: "DropConnect",
    text: "Each step trains the network without a random half of its weights.",
    run: (data, seed) =>
      train(
        data,
        seed,
        {},
        () =>
          new Sequential(
            new DropConnect(new Linear(64, 128), 0.5),
            new ReLU(),
            new DropConnect(new Linear(128, 128), 0.5),
            new ReLU(),
            new Linear(128, 10),
          ),
      ),
  },
  {
    name: "augmentation",
    text: "In each epoch every image is moved by up to a pixel, up or down and left or right: more data, of a kind.",
    run: (data, seed) => {
      const moved = fromArrays({ ...data.training })
        .shuffle({ seed })
        .map(({ x, y }) => tidy(() => ({ x: movedAtRandom(x), y: y.add(0) })))
        .batch(32);
      return train({ ...data, training: moved as never }, seed);
    },
  },
  {
    name: "fewer features",
    text:
      "Pixels that are white in nearly every training image, or black, tell little and are left out: those with a standard deviation " +
      "below 0.15.",
    async run(data, seed) {
      const deviations = await data.training.x.std(0).data();
      const chosen = Array.from(deviations).flatMap((deviation, i) =>
        deviation > 0.15 ? [i] : [],
      );
      const pick = ({ x, y }: FewDigits["training"]): FewDigits["training"] => ({
        x: x.gather(chosen, 1),
        y,
      });
      const fewer = { training: pick(data.training), validation: pick(data.validation) };
      return train(fewer, seed, {}, () => network(chosen.length));
    },
  },
  {
    name: "bagging",
    text: "Seven networks, each trained on images drawn with replacement; their probabilities are averaged.",
    async run(data, seed) {
      const options = { ...common, models: 7, epochs: 40, seed, optimizer: adam };
      const ensemble = await baggingEnsemble(() => network(), data.training, {
        ...options,
        combine: "probabilities",
      });
      return scored(ensemble, data);
    },
  },
  {
    name: "snapshots",
    text: "One training whose learning rate falls to zero and starts again five times; the five networks answer together.",
    async run(data, seed) {
      const options = { ...common, seed, optimizer: adam, combine: "probabilities" } as const;
      const ensemble = await snapshotEnsemble(() => network(), data.training, {
        ...options,
        cycles: 5,
        epochsPerCycle: 12,
        learningRate: 0.01,
      });
      return scored(ensemble, data);
    },
  },
  {
    name: "averaged weights",
    text: "The mean of the weights at the ends of the last thirty of the 60 epochs.",
    async run(data, seed) {
      random.seed(seed);
      const model = network();
      const states: Record<string, Tensor>[] = [];
      await fit(model, data.training, {
        ...common,
        optimizer: adam(model),
        epochs,
        callbacks: [
          {
            onEpochEnd({ epoch }) {
              if (epoch <= epochs - 30) return;
              const state = Object.entries(model.stateDict());
              states.push(Object.fromEntries(state.map(([name, value]) => [name, value.add(0)])));
            },
          },
        ],
      });
      model.loadStateDict(averageModels(states));
      return { accuracy: await accuracyOf(model, data) };
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
