import { ArgumentError, random, tensor, withBackend, type Tensor } from "@tensorloom/tensor";
import type { Module } from "../module.ts";
import type { TrainingSource } from "../training/batches.ts";
import { maskOf, parameterPlaces, setMask, sparsity, type ParameterPlace } from "./masks.ts";
import { channelsOf, neuronLayers, outputAxis, type NeuronLayer } from "./neurons.ts";
import { scoreNeurons, type PruningMethod } from "./neuron-scores.ts";

/** What {@link pruneWeights} takes. */
export interface PruneOptions {
  /** How weights or neurons are ranked. */
  readonly method: PruningMethod;
  /** The share that is zero afterwards, what was pruned before included, in [0, 1). */
  readonly amount: number;
  /** Whether whole neurons are pruned, units or output channels, rather than single weights; false by default. */
  readonly structured?: boolean;
  /** Whether the share is of each layer (the default), or of all layers together, which then lose different shares. */
  readonly scope?: "layer" | "global";
  /** Which weights are meant, by path; all of two or more axes by default. */
  readonly include?: (path: string) => boolean;
  /** Inputs `[samples, ...]`, or batches: for methods that look at activations. */
  readonly data?: Tensor | TrainingSource<unknown>;
  /** The seed of method `"random"`; the global generator by default. */
  readonly seed?: number;
}

/**
 * Sets the least important weights of a model to zero, and keeps them there: masks hold in training and are saved with the model.
 * Resolves to the share of weights that are zero.
 *
 * Whole neurons are pruned in chains of layers (`Sequential`, the body of `Residual`), with their biases and with their part of batch
 * normalisations and depthwise convolutions that follow; the model's outputs, and what residual connections add, are left. One neuron
 * a layer stays.
 *
 * @param model - changed in place
 * @param options - `method`, `amount`, `structured`, `scope`, `include`, `data`
 * @throws `ArgumentError` for an amount outside [0, 1), a method that does not rank what is to be pruned, or missing data
 *
 * Source: Han et al. 2015, "Learning both weights and connections for efficient neural networks"; see {@link PruningMethod}.
 *
 * @example
 * const model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2));
 * (await pruneWeights(model, { method: "l2", amount: 0.5, structured: true })).toFixed(2); // => 0.33
 * await pruneWeights(model, { method: "l1", amount: 0.75 }); // => 0.75
 */
export async function pruneWeights(model: Module<unknown>, options: PruneOptions): Promise<number> {
  const { method, amount, structured = false, data } = options;
  if (!(amount >= 0 && amount < 1)) {
    throw new ArgumentError(`pruneWeights: amount: expected a number in [0, 1), got ${amount}`);
  }
  const looksAtActivations = method === "meanActivation" || method === "apoz";
  if (looksAtActivations && (!structured || data === undefined)) {
    throw new ArgumentError(
      `pruneWeights: method "${method}": expected structured: true and data, since it ranks neurons by what they give, got ` +
        `structured ${structured} and ${data === undefined ? "no data" : "data"}`,
    );
  }
  await (structured ? pruneNeurons(model, options) : pruneSingleWeights(model, options));
  return sparsity(model);
}

async function pruneSingleWeights(model: Module<unknown>, options: PruneOptions): Promise<void> {
  const { method, amount, scope = "layer", include = () => true, seed } = options;
  const places = parameterPlaces(model).filter(
    ({ path, parameter }) => parameter.shape.length >= 2 && include(path),
  );
  const scores: Float64Array[] = [];
  for (const [i, place] of places.entries()) {
    const { value } = place.parameter;
    const ranks =
      method === "random"
        ? random.uniform(value.shape, seed === undefined ? {} : { seed: seed + i })
        : value;
    const numbers = Float64Array.from(await ranks.data(), Math.abs);
    if (ranks !== value) ranks.dispose();
    await lowerMasked(place, numbers);
    scores.push(numbers);
  }
  const pruned = lowest(scores, amount, scope, 0);
  places.forEach((place, i) => {
    const mask = Float32Array.from(scores[i]!, (_, k) => (pruned[i]!.has(k) ? 0 : 1));
    setMask(place, onSameBackend(place, mask));
  });
}

/** What is pruned already ranks lowest, so that it stays so. */
async function lowerMasked(place: ParameterPlace, scores: Float64Array): Promise<void> {
  const mask = await maskOf(place)?.value.data();
  mask?.forEach((kept, k) => {
    if (kept === 0) scores[k] = -1;
  });
}

async function pruneNeurons(model: Module<unknown>, options: PruneOptions): Promise<void> {
  const { method, amount, scope = "layer", include = () => true, data, seed } = options;
  const layers = neuronLayers(model).filter(({ path }) =>
    include(path === "" ? "weight" : `${path}.weight`),
  );
  const scores = await scoreNeurons(model, layers, method, data, seed);
  for (const [i, layer] of layers.entries()) await lowerPruned(layer, scores[i]!);
  const pruned = lowest(scores, amount, scope, 1);
  for (const [i, layer] of layers.entries()) await maskNeurons(layer, pruned[i]!);
}

/** Neurons all of whose weights are zero rank lowest. */
async function lowerPruned({ layer }: NeuronLayer, scores: Float64Array): Promise<void> {
  const weights = await layer.weight.value.data();
  const inner = layer.weight.shape.slice(outputAxis(layer) + 1).reduce((size, n) => size * n, 1);
  const isAlive = new Uint8Array(scores.length);
  weights.forEach((weight, k) => {
    if (weight !== 0) isAlive[Math.trunc(k / inner) % scores.length] = 1;
  });
  isAlive.forEach((alive, c) => {
    if (alive === 0) scores[c] = -1;
  });
}

/** Masks all that computes the neurons, and what follows and would make a constant of nothing. */
async function maskNeurons(neurons: NeuronLayer, pruned: ReadonlySet<number>): Promise<void> {
  const { layer, followers } = neurons;
  const channels = channelsOf(layer);
  for (const owner of [layer, ...followers]) {
    for (const field of ["weight", "bias"] as const) {
      const parameter = owner[field];
      if (parameter === undefined) continue;
      const axis =
        field === "weight" && owner === layer ? outputAxis(layer) : parameter.shape.length - 1;
      const inner = parameter.shape.slice(axis + 1).reduce((size, n) => size * n, 1);
      const place = { owner, field, parameter };
      const before = await maskOf(place)?.value.data();
      const size = parameter.value.size;
      const mask = Float32Array.from({ length: size }, (_, k) =>
        pruned.has(Math.trunc(k / inner) % channels) ? 0 : (before?.[k] ?? 1),
      );
      setMask(place, onSameBackend(place, mask));
    }
  }
}

function onSameBackend(
  { parameter }: Pick<ParameterPlace, "parameter">,
  mask: Float32Array,
): Tensor {
  const { backend, shape } = parameter.value;
  return withBackend(backend, () => tensor(mask, { shape }));
}

/**
 * Returns for each layer the places of the lowest scores: a share of each layer, or of all together.
 *
 * @param kept - how many at least stay in each layer
 */
function lowest(
  scores: readonly Float64Array[],
  amount: number,
  scope: "layer" | "global",
  kept: number,
): Set<number>[] {
  const result = scores.map(() => new Set<number>());
  const ranked = (of: readonly number[]): (readonly [layer: number, place: number])[] =>
    of
      .flatMap((layer) => Array.from(scores[layer]!, (_, place) => [layer, place] as const))
      .sort(([la, a], [lb, b]) => scores[la]![a]! - scores[lb]![b]!);
  const all = scores.map((_, layer) => layer);
  for (const group of scope === "global" ? [all] : all.map((layer) => [layer])) {
    const order = ranked(group);
    let left = Math.round(amount * order.length);
    for (const [layer, place] of order) {
      if (left === 0) break;
      if (result[layer]!.size >= scores[layer]!.length - kept) continue;
      result[layer]!.add(place);
      left--;
    }
  }
  return result;
}
