import type { Tensor } from "@tensorloom/tensor";
import type { ClassifierModel, FittedModel } from "./fitted-model.ts";
import type { Samples } from "./inputs.ts";

/** Resolves to a tensor's numbers, and disposes it. */
export async function taken(tensor: Tensor | Promise<Tensor>): Promise<Float64Array> {
  const made = await tensor;
  const numbers = Float64Array.from(await made.data());
  made.dispose();
  return numbers;
}

/** Whether a model can tell probabilities. */
export function tellsProbabilities(
  model: FittedModel,
): model is FittedModel & { predictProba(x: Samples): Promise<Tensor> } {
  return model.supports("predictProba");
}

/**
 * Resolves to a member's probabilities by the ensemble's classes, `[rows, classes]`: a member that missed a class in training
 * gives it 0. Members without probabilities are sure of what they predict.
 */
export async function sharesOf(
  model: ClassifierModel,
  x: Samples,
  classes: readonly number[],
): Promise<Float64Array> {
  if (!tellsProbabilities(model)) return votesOf(model, x, classes);
  const place = new Map(classes.map((label, c) => [label, c]));
  const width = classes.length;
  const own = await taken(model.predictProba(x));
  const count = model.classes.length;
  if (count === width) return own;
  const shares = new Float64Array((own.length / count) * width);
  own.forEach((share, at) => {
    const row = Math.floor(at / count);
    shares[row * width + place.get(model.classes[at % count]!)!] = share;
  });
  return shares;
}

/** Resolves to a member's votes, `[rows, classes]`: 1 for the class that it predicts. */
export async function votesOf(
  model: ClassifierModel,
  x: Samples,
  classes: readonly number[],
): Promise<Float64Array> {
  const place = new Map(classes.map((label, c) => [label, c]));
  const predicted = await taken(model.predict(x));
  const votes = new Float64Array(predicted.length * classes.length);
  predicted.forEach((label, i) => (votes[i * classes.length + place.get(label)!] = 1));
  return votes;
}
