import {
  crossEntropy,
  Ensemble,
  evaluate,
  fit,
  Linear,
  ReLU,
  Sequential,
  type Batch,
  type FitOptions,
  type History,
  type Loss,
  type Module,
  type TrainingSource,
} from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { random } from "@tensorloom/tensor";
import type { FewDigits } from "./few-digits.ts";

/** Loss and accuracy, a number a step. */
export interface Scores {
  readonly loss: number[];
  readonly accuracy: number[];
}

/** How training went, step by step: an epoch, or another network of an ensemble. */
export interface Course {
  readonly step: "epoch" | "networks";
  readonly training: Scores;
  readonly validation: Scores;
}

/** What a measure came to: how training went, and the share of test images read rightly. */
export interface Outcome {
  readonly course: Course;
  readonly accuracy: number;
}

export const epochs = 60;
export const scored: { readonly loss: Loss; readonly metrics: readonly ["accuracy"] } = {
  loss: crossEntropy,
  metrics: ["accuracy"],
};
export const adam = (model: Module): Adam => new Adam(model, { learningRate: 0.003 });

/** A network far too large for 200 images: 26 thousand parameters. */
export function network(inputs = 64): Sequential {
  return new Sequential(
    new Linear(inputs, 128),
    new ReLU(),
    new Linear(128, 128),
    new ReLU(),
    new Linear(128, 10),
  );
}

/** What may be changed about {@link train}. */
export interface TrainOptions extends Partial<FitOptions> {
  readonly build?: () => Sequential;
  /** In place of the training images. */
  readonly source?: TrainingSource;
}

/** Trains one network, plainly but for the options. */
export async function train(
  { training, validation, test }: FewDigits,
  seed: number,
  { build = network, source = training, ...options }: TrainOptions = {},
): Promise<Outcome> {
  random.seed(seed);
  const model = build();
  const optimizer = adam(model);
  const history = await fit(model, source, {
    ...scored,
    optimizer,
    epochs,
    validation,
    progress: false,
    ...options,
  });
  const accuracy = await accuracyOf(model, test);
  optimizer.dispose();
  model.dispose();
  return { course: courseOf(history), accuracy };
}

/** Resolves to how an ensemble gets on with each network that joins, and to its accuracy; frees it. */
export async function outcomeOf(
  ensemble: Ensemble,
  { training, validation, test }: FewDigits,
): Promise<Outcome> {
  const course: Course = { step: "networks", training: noScores(), validation: noScores() };
  for (const i of ensemble.members.keys()) {
    const first = new Ensemble(ensemble.members.slice(0, i + 1), { combine: "probabilities" });
    await addScores(course.training, first, training);
    await addScores(course.validation, first, validation);
  }
  const accuracy = await accuracyOf(ensemble, test);
  ensemble.dispose();
  return { course, accuracy };
}

/** Returns scores of no step. */
export function noScores(): Scores {
  return { loss: [], accuracy: [] };
}

/** Adds a model's scores on some images. */
export async function addScores(scores: Scores, model: Module, data: Batch): Promise<void> {
  const { loss, accuracy } = await evaluate(model, data, scored);
  scores.loss.push(loss!);
  scores.accuracy.push(accuracy!);
}

/** Resolves to the share of images that a model reads rightly. */
export async function accuracyOf(model: Module, data: Batch): Promise<number> {
  return (await evaluate(model, data, { metrics: ["accuracy"] }))["accuracy"]!;
}

function courseOf(history: History): Course {
  const [loss, accuracy] = [history.values("loss"), history.values("accuracy")];
  const validation = { loss: history.values("valLoss"), accuracy: history.values("valAccuracy") };
  return { step: "epoch", training: { loss, accuracy }, validation };
}
