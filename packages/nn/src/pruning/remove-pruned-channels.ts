import { Parameter, tidy, type Tensor } from "@tensorloom/tensor";
import { BatchNorm } from "../layers/batch-norm.ts";
import { ModuleBuffer } from "../module-buffer.ts";
import type { Module } from "../module.ts";
import { maskOf, setMask } from "./masks.ts";
import { channelsOf, inputAxis, neuronLayers, outputAxis, type NeuronLayer } from "./neurons.ts";

/**
 * Removes neurons that `pruneWeights` with `structured` has set to zero, and what reads them, so that the model is smaller and faster
 * and gives the same. Resolves to the model.
 *
 * The parameters of the layers concerned are new ones: make a new optimizer. A neuron stays if an activation function makes something
 * else of zero, and if it is its layer's last.
 *
 * @param model - changed in place
 *
 * @example
 * const model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2));
 * await pruneWeights(model, { method: "l1", amount: 0.5, structured: true });
 * await removePrunedChannels(model);
 * model.parameters().map(({ shape }) => shape); // => [[4,4],[4],[2,4],[2]]
 */
export async function removePrunedChannels<M extends Module<unknown>>(model: M): Promise<M> {
  for (const neurons of neuronLayers(model)) {
    if (!(await keepsZero(neurons))) continue;
    const alive = await aliveChannels(neurons);
    if (alive.length < channelsOf(neurons.layer)) removeOthers(neurons, alive);
  }
  return model;
}

async function keepsZero({ activations, layer }: NeuronLayer): Promise<boolean> {
  for (const activation of activations) {
    const output = tidy(() => activation.forward(layer.weight.value.mul(0).sum()));
    const value = await output.itemAsync();
    output.dispose();
    if (value !== 0) return false;
  }
  return true;
}

/** The channels that can differ from zero where they are read; the first if there are none. */
async function aliveChannels({ layer, followers }: NeuronLayer): Promise<number[]> {
  const channels = channelsOf(layer);
  let isAlive = await nonzero(layer.weight, outputAxis(layer), channels);
  isAlive = either(isAlive, await nonzero(layer.bias, 0, channels));
  for (const follower of followers) {
    const scaled = await nonzero(follower.weight, follower.weight!.shape.length - 1, channels);
    const shifted = await nonzero(follower.bias, 0, channels);
    // A normalisation moves even zero, by its running mean, unless its scale is zero; a convolution only scales it.
    const passed = follower instanceof BatchNorm ? scaled : isAlive.map((a, c) => a && scaled[c]!);
    isAlive = either(passed, shifted);
  }
  const alive = isAlive.flatMap((a, c) => (a ? [c] : []));
  return alive.length > 0 ? alive : [0];
}

function either(a: readonly boolean[], b: readonly boolean[]): boolean[] {
  return a.map((value, i) => value || b[i]!);
}

/** For each channel along an axis, whether any element differs from zero. */
async function nonzero(
  parameter: Parameter | undefined,
  axis: number,
  channels: number,
): Promise<boolean[]> {
  const result = Array.from({ length: channels }, () => false);
  if (parameter === undefined) return result;
  const inner = parameter.shape.slice(axis + 1).reduce((size, n) => size * n, 1);
  (await parameter.value.data()).forEach((value, k) => {
    if (value !== 0) result[Math.trunc(k / inner) % channels] = true;
  });
  return result;
}

function removeOthers(neurons: NeuronLayer, alive: readonly number[]): void {
  const { layer, followers, consumer, isFlattened } = neurons;
  const channels = channelsOf(layer);
  takeAlong(layer, "weight", outputAxis(layer), alive);
  takeAlong(layer, "bias", 0, alive);
  for (const follower of followers) {
    takeAlong(follower, "weight", follower.weight!.shape.length - 1, alive);
    takeAlong(follower, "bias", 0, alive);
    takeAlong(follower, "runningMean", 0, alive);
    takeAlong(follower, "runningVariance", 0, alive);
  }
  const axis = inputAxis(consumer);
  const positions = isFlattened ? consumer.weight.shape[axis]! / channels : 1;
  // Channels lie innermost, so that after flattening those of each place stand together.
  const read = Array.from({ length: positions }, (_, p) => alive.map((c) => p * channels + c));
  takeAlong(consumer, "weight", axis, read.flat());
}

/** Replaces a parameter or buffer of a module by one with fewer elements along an axis; its mask too. */
function takeAlong(
  owner: Module<unknown>,
  field: string,
  axis: number,
  indices: readonly number[],
): void {
  const fields = owner as unknown as Record<string, unknown>;
  const before = fields[field];
  if (!(before instanceof Parameter)) return;
  const take = (value: Tensor): Tensor => value.gather(indices, axis);
  const value = take(before.value);
  const after =
    before instanceof ModuleBuffer
      ? new ModuleBuffer(value, before.name)
      : new Parameter(value, before.name, before.trainable);
  const mask = maskOf({ owner, field });
  fields[field] = after;
  before.dispose();
  if (mask === undefined) return;
  const remaining = take(mask.value);
  delete fields[`${field}Mask`];
  mask.dispose();
  setMask({ owner, field, parameter: after }, remaining);
}
