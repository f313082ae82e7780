// Inside recurrent layers, sequences lie as [features, steps, batch] and states as [units, batch]: gates are then blocks of
// rows, which lie together, and products of a step have their weights on the left.
import { type Tensor } from "@tensorloom/tensor";

/** The weights of one layer in one direction, as PyTorch lays them out: gates below each other. */
export interface RecurrentWeights {
  /** `[gates · units, inputSize]`. */
  readonly weightIh: Tensor;
  /** `[gates · units, units]`. */
  readonly weightHh: Tensor;
  /** `[gates · units]`. */
  readonly biasIh?: Tensor;
  /** `[gates · units]`. */
  readonly biasHh?: Tensor;
}

/** A layer's input to its gates, for all steps at once, and what the steps need. */
export interface SequenceInput {
  /** `[gates · units, steps · batch]`: the input's part of the gates. */
  readonly gates: Tensor;
  /** `[gates · units, units]`. */
  readonly weightHh: Tensor;
  /** `[gates · units, 1]`: added to the state's part of the gates, where the input's part does not have it already. */
  readonly biasHh: Tensor | undefined;
  /** The state's parts before the first step, each `[units, batch]`. */
  readonly state: readonly Tensor[];
}

/** What a sequence gives. */
export interface SequenceResult {
  /** `[units, steps, batch]`. */
  readonly outputs: Tensor;
  /** The state's parts after the last step, each `[units, batch]`; the first is the last output. */
  readonly state: readonly Tensor[];
}

/** A kind of recurrent layer. */
export interface Cell {
  /** Gates, each of `units` rows in the weights. */
  readonly gates: number;
  /** Whether the two biases do the same, so that one product takes both. */
  readonly addsBiases: boolean;
  /** Returns the state after one step, made of ordinary operations: for masks, and for gradients of gradients. */
  step(gates: Tensor, input: SequenceInput, state: readonly Tensor[]): readonly Tensor[];
  /** Runs all steps, with a gradient of its own: few kernels a step, forward and back. */
  run(input: SequenceInput): SequenceResult;
}

/** Returns step `t` of a sequence `[rows, steps, batch]`. */
export function stepOf(sequence: Tensor, t: number): Tensor {
  return sequence.slice([0, t], [sequence.shape[0]!, t + 1]).squeeze(1);
}

/** Returns step `t` of gates `[rows, steps · batch]`. */
export function gatesOf(gates: Tensor, t: number, batch: number): Tensor {
  return gates.slice([0, t * batch], [gates.shape[0]!, (t + 1) * batch]);
}

/** Returns blocks `[from, to)` of the `count` that the rows are made of. */
export function blocks(x: Tensor, count: number, from: number, to: number = from + 1): Tensor {
  const rows = x.shape[0]! / count;
  return x.slice([from * rows], [to * rows]);
}

/** Returns the results of a stacked kernel `[results, units, batch]` that are `[from, to)`, below each other. */
export function results(stacked: Tensor, from: number, to: number = from + 1): Tensor {
  return stacked.slice([from], [to]).reshape([(to - from) * stacked.shape[1]!, -1]);
}
