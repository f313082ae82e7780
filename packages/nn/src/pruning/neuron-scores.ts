import { keep, noGrad, random, Tensor, tidy } from "@tensorloom/tensor";
import { observeForward } from "../module-forward.ts";
import type { Module } from "../module.ts";
import { batchesOf, type TrainingSource } from "../training/batches.ts";
import { inEvaluation } from "../training/evaluate.ts";
import { channelsOf, outputAxis, type NeuronLayer } from "./neurons.ts";

/** How weights or neurons are ranked; those that rank lowest are pruned first. */
export type PruningMethod =
  /** By magnitude; of neurons, by the sum of their weights' magnitudes (Li et al. 2017). */
  | "l1"
  /** By magnitude; of neurons, by the root of the sum of their weights' squares. */
  | "l2"
  /** Of neurons: by the mean magnitude of what they give on data (Molchanov et al. 2017). */
  | "meanActivation"
  /** Of neurons: by how seldom what they give on data is zero, the average percentage of zeros (Hu et al. 2016). */
  | "apoz"
  /** By chance: what the others are to be compared with. */
  | "random";

/** Resolves to a score for each neuron of each layer. */
export async function scoreNeurons(
  model: Module<unknown>,
  layers: readonly NeuronLayer[],
  method: PruningMethod,
  data: Tensor | TrainingSource<unknown> | undefined,
  seed: number | undefined,
): Promise<Float64Array[]> {
  if (method === "meanActivation" || method === "apoz") {
    return scoreActivations(model, layers, method, data!);
  }
  const scores: Float64Array[] = [];
  for (const [i, { layer }] of layers.entries()) {
    const result = tidy(() => {
      if (method === "random") {
        return random.uniform([channelsOf(layer)], seed === undefined ? {} : { seed: seed + i });
      }
      const { value } = layer.weight;
      const others = value.shape
        .map((_, axis) => axis)
        .filter((axis) => axis !== outputAxis(layer));
      return method === "l1" ? value.abs().sum(others) : value.square().sum(others).sqrt();
    });
    scores.push(Float64Array.from(await result.data()));
    result.dispose();
  }
  return scores;
}

/** Runs the model over data, and scores neurons by what comes out of their last activation function. */
async function scoreActivations(
  model: Module<unknown>,
  layers: readonly NeuronLayer[],
  method: "meanActivation" | "apoz",
  data: Tensor | TrainingSource<unknown>,
): Promise<Float64Array[]> {
  const watched = new Map<Module<unknown>, number>(
    layers.map(({ layer, followers, activations }, i) => [
      activations.at(-1) ?? followers.at(-1) ?? layer,
      i,
    ]),
  );
  const totals = layers.map(({ layer }) => new Float64Array(channelsOf(layer)));
  const counts = layers.map(() => 0);
  const source: TrainingSource<unknown> = data instanceof Tensor ? { x: data, y: undefined } : data;
  await inEvaluation(model, async () => {
    const reading = { operation: "pruneWeights", batchSize: 256, shuffle: false, epoch: 0 };
    for await (const { x } of batchesOf(source, reading)) {
      const seen: [number, Tensor][] = [];
      const before = observeForward({
        after(module, _, output) {
          const i = watched.get(module);
          if (i === undefined) return;
          const axes = output.shape.slice(0, -1).map((__, axis) => axis);
          const measured = method === "apoz" ? output.notEqual(0).astype("float32") : output.abs();
          seen.push([i, keep(measured.sum(axes))]);
          counts[i]! += output.size / output.shape.at(-1)!;
        },
      });
      try {
        tidy(() => noGrad(() => void model.forward(x)));
      } finally {
        observeForward(before);
      }
      for (const [i, sums] of seen) {
        (await sums.data()).forEach((value, c) => (totals[i]![c]! += value));
        sums.dispose();
      }
    }
  });
  return totals.map((total, i) => total.map((value) => value / counts[i]!));
}
