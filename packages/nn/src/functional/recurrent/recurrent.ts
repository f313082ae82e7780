import {
  concat,
  dropout,
  gemm,
  gradientOrder,
  ShapeError,
  stack,
  tidy,
  where,
  withBackend,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { gatesOf, type Cell, type RecurrentWeights, type SequenceResult } from "./cell.ts";
import { gruCell } from "./gru-cell.ts";
import { lstmCell } from "./lstm-cell.ts";
import { rnnCell, type RnnActivation } from "./rnn-cell.ts";

/** What {@link rnn}, {@link lstm} and {@link gru} take beside input and weights. */
export interface RecurrentOptions {
  /** Whether each layer also runs backwards, with weights of its own; false by default. */
  readonly bidirectional?: boolean;
  /** `[layers · directions, batch, units]`: the outputs before the first step; zeros by default. */
  readonly initialHidden?: Tensor;
  /** `[batch, steps]`, bool: steps that are false leave the state as it is, and their outputs are zeros. */
  readonly mask?: Tensor;
  /** The probability with which outputs between layers are dropped; 0 by default. */
  readonly dropout?: number;
}

/** What {@link lstm} takes beside input and weights. */
export interface LstmOptions extends RecurrentOptions {
  /** `[layers · directions, batch, units]`: the cells before the first step; zeros by default. */
  readonly initialCell?: Tensor;
}

/** What a recurrent network gives. */
export interface RecurrentResult {
  /** `[batch, steps, directions · units]`: the outputs of the last layer; the directions lie side by side. */
  readonly output: Tensor;
  /** `[layers · directions, batch, units]`: each layer's output after its last step. */
  readonly hidden: Tensor;
}

/** What {@link lstm} gives. */
export interface LstmResult extends RecurrentResult {
  /** `[layers · directions, batch, units]`: each layer's cells after its last step. */
  readonly cell: Tensor;
}

/**
 * Returns the outputs of a plain recurrent network: `h = tanh(x · weightIhᵀ + biasIh + h · weightHhᵀ + biasHh)`.
 *
 * @param x - `[batch, steps, features]`
 * @param weights - one a layer and direction: the first layer's forwards, its backwards, the second layer's, ...
 * @param options - `activation`: `"tanh"` by default; bidirectional, initialHidden, mask, dropout
 * @throws `ShapeError` if shapes do not fit
 *
 * Source: Elman 1990, "Finding structure in time"; PyTorch's RNN.
 *
 * @example
 * const weights = [{ weightIh: ones([3, 2]), weightHh: zeros([3, 3]) }];
 * functional.rnn(zeros([4, 5, 2]), weights).output.shape; // => [4,5,3]
 */
export function rnn(
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions & { readonly activation?: RnnActivation } = {},
): RecurrentResult {
  const { output, state } = recurrent("rnn", rnnCell(options.activation ?? "tanh"), x, weights, options, [options.initialHidden]); // prettier-ignore
  return { output, hidden: state[0]! };
}

/**
 * Returns the outputs of a long short-term memory. The input's part of all steps is one product; a step is two kernels
 * forward and two back.
 *
 * @param x - `[batch, steps, features]`
 * @param weights - one a layer and direction, as for {@link rnn}; gates in the order input, forget, cell, output
 * @param options - bidirectional, initialHidden, initialCell, mask, dropout
 * @throws `ShapeError` if shapes do not fit
 *
 * Source: Hochreiter and Schmidhuber 1997, "Long short-term memory"; PyTorch's LSTM.
 *
 * @example
 * const weights = [{ weightIh: ones([12, 2]), weightHh: zeros([12, 3]) }];
 * functional.lstm(zeros([4, 5, 2]), weights).cell.shape; // => [1,4,3]
 */
export function lstm(
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: LstmOptions = {},
): LstmResult {
  const initial = [options.initialHidden, options.initialCell];
  const { output, state } = recurrent("lstm", lstmCell, x, weights, options, initial);
  return { output, hidden: state[0]!, cell: state[1]! };
}

/**
 * Returns the outputs of a network of gated recurrent units.
 *
 * @param x - `[batch, steps, features]`
 * @param weights - one a layer and direction, as for {@link rnn}; gates in the order reset, update, new
 * @param options - bidirectional, initialHidden, mask, dropout
 * @throws `ShapeError` if shapes do not fit
 *
 * Source: Cho et al. 2014, "Learning phrase representations"; PyTorch's GRU.
 *
 * @example
 * const weights = [{ weightIh: ones([9, 2]), weightHh: zeros([9, 3]) }];
 * functional.gru(zeros([4, 5, 2]), weights).hidden.shape; // => [1,4,3]
 */
export function gru(
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions = {},
): RecurrentResult {
  const { output, state } = recurrent("gru", gruCell, x, weights, options, [options.initialHidden]);
  return { output, hidden: state[0]! };
}

/** The layers of a recurrent network over each other. */
function recurrent(
  operation: string,
  cell: Cell,
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions,
  initial: readonly (Tensor | undefined)[],
): { output: Tensor; state: Tensor[] } {
  const directions = options.bidirectional === true ? 2 : 1;
  checkShapes(operation, cell, x, weights, directions, options, initial);
  return tidy(() => {
    const [batch] = x.shape as readonly [number];
    const units = weights[0]!.weightHh.shape[1]!;
    const still = withBackend(x.backend, () => zeros([units, batch], x.dtype));
    const stateOf = (all: Tensor | undefined, place: number): Tensor =>
      all === undefined
        ? still
        : all
            .slice([place], [place + 1])
            .squeeze(0)
            .transpose();
    const mask = options.mask?.transpose();
    const ends: (readonly Tensor[])[] = [];
    let sequence = x.transpose([2, 1, 0]);
    for (let first = 0; first < weights.length; first += directions) {
      if (first > 0 && (options.dropout ?? 0) > 0) sequence = dropout(sequence, options.dropout!);
      const outputs = weights.slice(first, first + directions).map((own, direction) => {
        const turned = (s: Tensor, axis: number): Tensor => (direction === 1 ? s.flip(axis) : s);
        const state = initial.map((all) => stateOf(all, first + direction));
        const result = runLayer(
          cell,
          turned(sequence, 1),
          own,
          state,
          mask === undefined ? undefined : turned(mask, 0),
        );
        ends.push(result.state);
        return turned(result.outputs, 1);
      });
      sequence = outputs.length === 1 ? outputs[0]! : concat(outputs);
    }
    return {
      output: sequence.transpose([2, 1, 0]),
      state: initial.map((_, part) => stack(ends.map((state) => state[part]!.transpose()))),
    };
  });
}

/** One layer in one direction: the input's part of all steps' gates is one product. */
function runLayer(
  cell: Cell,
  sequence: Tensor,
  { weightIh, weightHh, biasIh, biasHh }: RecurrentWeights,
  state: readonly Tensor[],
  mask: Tensor | undefined,
): SequenceResult {
  const [features, steps, batch] = sequence.shape as readonly [number, number, number];
  const column = (bias: Tensor | undefined): Tensor | undefined => bias?.expandDims(1);
  const own = column(biasHh);
  const bias =
    cell.addsBiases && biasIh !== undefined && biasHh !== undefined
      ? column(biasIh.add(biasHh))
      : (column(biasIh) ?? (cell.addsBiases ? own : undefined));
  const flat = sequence.reshape([features, steps * batch]);
  const gates = gemm(weightIh, flat, bias === undefined ? {} : { c: bias });
  const input = { gates, weightHh, biasHh: own, state };
  if (mask === undefined && gradientOrder() <= 1) return cell.run(input);
  const outputs: Tensor[] = [];
  let now = state;
  for (let t = 0; t < steps; t++) {
    const next = cell.step(gatesOf(gates, t, batch), input, now);
    const shown = mask?.slice([t], [t + 1]);
    outputs.push(shown === undefined ? next[0]! : where(shown, next[0]!, 0));
    const before = now;
    now = shown === undefined ? next : next.map((part, i) => where(shown, part, before[i]!));
  }
  return { outputs: stack(outputs, 1), state: now };
}

function checkShapes(
  operation: string,
  cell: Cell,
  x: Tensor,
  weights: readonly RecurrentWeights[],
  directions: number,
  { mask }: RecurrentOptions,
  initial: readonly (Tensor | undefined)[],
): void {
  const expect = (name: string, expected: readonly (number | string)[], got: Tensor): void => {
    const fits =
      got.rank === expected.length &&
      expected.every((size, axis) => typeof size === "string" || size === got.shape[axis]);
    if (fits) return;
    throw new ShapeError(
      `${operation}: ${name}: expected shape [${expected.join(", ")}], got [${got.shape.join(", ")}]`,
    );
  };
  if (weights.length === 0 || weights.length % directions !== 0) {
    throw new ShapeError(
      `${operation}: weights: expected ${directions} for each layer, got ${weights.length}`,
    );
  }
  const units = weights[0]!.weightHh.shape[1]!;
  expect("x", ["batch", "steps", weights[0]!.weightIh.shape[1]!], x);
  if (x.shape[1] === 0)
    throw new ShapeError(`${operation}: x: expected one step or more, got none`);
  weights.forEach(({ weightIh, weightHh }, i) => {
    const inputSize = i < directions ? x.shape[2]! : directions * units;
    expect(`weights ${i}, weightIh`, [cell.gates * units, inputSize], weightIh);
    expect(`weights ${i}, weightHh`, [cell.gates * units, units], weightHh);
  });
  for (const part of initial) {
    if (part !== undefined) expect("initial state", [weights.length, x.shape[0]!, units], part);
  }
  if (mask !== undefined) expect("mask", x.shape.slice(0, 2), mask);
}
