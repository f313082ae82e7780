import { ArgumentError, Parameter, type Tensor } from "@tensorloom/tensor";
import type { RecurrentWeights } from "../functional/recurrent/cell.ts";
import type { RnnActivation } from "../functional/recurrent/rnn-cell.ts";
import {
  gru,
  lstm,
  rnn,
  type LstmOptions,
  type LstmResult,
  type RecurrentOptions,
  type RecurrentResult,
} from "../functional/recurrent/recurrent.ts";
import { fanInUniform } from "./fan-in-uniform.ts";
import { Module } from "../module.ts";

/** What {@link RNN}, {@link LSTM} and {@link GRU} take. */
export interface RecurrentLayerOptions {
  /** Layers over each other; 1 by default. */
  readonly layers?: number;
  /** Whether each layer also runs backwards, with weights of its own; false by default. */
  readonly bidirectional?: boolean;
  /** Whether `forward` returns all steps' outputs; by default, the last alone. */
  readonly returnSequences?: boolean;
  /** Whether biases are learnt; true by default. */
  readonly bias?: boolean;
  /** The probability with which outputs between layers are dropped in training; 0 by default. */
  readonly dropout?: number;
}

/** What one call of a recurrent layer takes. */
export type RecurrentCall = Pick<RecurrentOptions, "initialHidden" | "mask">;

/** What the three kinds share: parameters named as PyTorch's (`weightIhL0`, `weightIhL0Reverse`), and the last output. */
abstract class Recurrent<
  Call extends RecurrentCall,
  Result extends RecurrentResult,
> extends Module {
  /** By PyTorch's names in camelCase. */
  readonly #parameters: readonly (readonly [name: string, parameter: Parameter])[];
  /** The size of one direction's output. */
  readonly hiddenSize: number;
  /** Layers, directions, biases, dropout and what is returned, as given. */
  readonly options: RecurrentLayerOptions;

  constructor(
    gates: number,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentLayerOptions,
  ) {
    super();
    const { layers = 1, bidirectional = false, bias = true, dropout = 0 } = options;
    if (!Number.isInteger(layers) || layers < 1) {
      throw new ArgumentError(
        `${new.target.name}: layers: expected a positive whole number, got ${layers}`,
      );
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new ArgumentError(
        `${new.target.name}: dropout: expected a number in [0, 1), got ${dropout}`,
      );
    }
    this.options = options;
    this.hiddenSize = hiddenSize;
    const directions = bidirectional ? ["", "Reverse"] : [""];
    const rows = gates * hiddenSize;
    this.#parameters = Array.from({ length: layers }, (_, layer) =>
      directions.flatMap((direction) => {
        const columns = layer === 0 ? inputSize : directions.length * hiddenSize;
        const draw = (name: string, shape: number[]): [string, Parameter] => {
          const full = `${name}L${layer}${direction}`;
          return [full, new Parameter(fanInUniform(shape, hiddenSize), full)];
        };
        const biases = bias ? [draw("biasIh", [rows]), draw("biasHh", [rows])] : [];
        return [draw("weightIh", [rows, columns]), draw("weightHh", [rows, hiddenSize])].concat(
          biases,
        );
      }),
    ).flat();
  }

  protected override fields(): [name: string, value: unknown][] {
    return this.#parameters.map(([name, parameter]) => [name, parameter]);
  }

  /** The values, one record a layer and direction. */
  protected weights(): RecurrentWeights[] {
    const size = this.options.bias === false ? 2 : 4;
    const values = this.#parameters.map(([, { value }]) => value);
    return Array.from({ length: values.length / size }, (_, i) => {
      const [weightIh, weightHh, biasIh, biasHh] = values.slice(size * i, size * (i + 1));
      return {
        weightIh: weightIh!,
        weightHh: weightHh!,
        ...(biasIh && { biasIh }),
        ...(biasHh && { biasHh }),
      };
    });
  }

  /** The options of the functional twin for one call. */
  protected callOptions(
    call: Call,
  ): Call & Pick<Required<RecurrentLayerOptions>, "bidirectional" | "dropout"> {
    const { bidirectional = false, dropout = 0 } = this.options;
    return { ...call, bidirectional, dropout: this.isTraining ? dropout : 0 };
  }

  /**
   * Returns all steps' outputs, and the state after the last step, for going on from there.
   *
   * @param x - `[batch, steps, inputSize]`
   * @param call - the state before the first step, and which steps count
   */
  abstract run(x: Tensor, call?: Call): Result;

  /**
   * Returns the last step's output; all steps' with `returnSequences`.
   *
   * @param x - `[batch, steps, inputSize]`
   * @param call - the state before the first step, and which steps count
   * @returns `[batch, directions · hiddenSize]`, or `[batch, steps, directions · hiddenSize]`; a backward direction's last
   * step is the first of the sequence
   */
  forward(x: Tensor, call?: Call): Tensor {
    const { output, hidden } = this.run(x, call);
    if (this.options.returnSequences === true) return output;
    const directions = this.options.bidirectional === true ? 2 : 1;
    const last = hidden.slice([hidden.shape[0]! - directions]);
    return last.transpose([1, 0, 2]).reshape([x.shape[0]!, directions * this.hiddenSize]);
  }
}

/**
 * A plain recurrent layer: `h = tanh(x · weightIhᵀ + biasIh + h · weightHhᵀ + biasHh)`.
 *
 * Parameters, for each layer n and direction: `weightIhL{n} [hiddenSize, inputSize]`, `weightHhL{n} [hiddenSize,
 * hiddenSize]`, `biasIhL{n}`, `biasHhL{n} [hiddenSize]`, with `Reverse` for backwards; drawn from ±1/sqrt(hiddenSize), as in
 * PyTorch.
 *
 * Source: Elman 1990, "Finding structure in time"; PyTorch's RNN.
 *
 * @example
 * new RNN(3, 8).forward(ones([2, 5, 3])).shape; // => [2,8]
 */
export class RNN extends Recurrent<RecurrentCall, RecurrentResult> {
  /** Applied to what a step adds up. */
  readonly activation: RnnActivation;

  /**
   * @param inputSize - the size of the input's last axis
   * @param hiddenSize - the size of one direction's output
   * @param options - layers, bidirectional, returnSequences, bias, dropout, activation (`"tanh"` by default)
   */
  constructor(
    inputSize: number,
    hiddenSize: number,
    options: RecurrentLayerOptions & { readonly activation?: RnnActivation } = {},
  ) {
    super(1, inputSize, hiddenSize, options);
    this.activation = options.activation ?? "tanh";
  }

  run(x: Tensor, call: RecurrentCall = {}): RecurrentResult {
    return rnn(x, this.weights(), { ...this.callOptions(call), activation: this.activation });
  }
}

/**
 * A long short-term memory.
 *
 * Parameters as {@link RNN}'s, of four times the rows: the gates input, forget, cell, output.
 *
 * Source: Hochreiter and Schmidhuber 1997, "Long short-term memory"; PyTorch's LSTM.
 *
 * @example
 * new LSTM(3, 8).forward(ones([2, 5, 3])).shape; // => [2,8]
 * const both = new LSTM(3, 8, { layers: 2, bidirectional: true, returnSequences: true });
 * both.forward(ones([2, 5, 3])).shape; // => [2,5,16]
 */
export class LSTM extends Recurrent<
  Pick<LstmOptions, "initialHidden" | "initialCell" | "mask">,
  LstmResult
> {
  /**
   * @param inputSize - the size of the input's last axis
   * @param hiddenSize - the size of one direction's output
   * @param options - layers, bidirectional, returnSequences, bias, dropout
   */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayerOptions = {}) {
    super(4, inputSize, hiddenSize, options);
  }

  run(
    x: Tensor,
    call: Pick<LstmOptions, "initialHidden" | "initialCell" | "mask"> = {},
  ): LstmResult {
    return lstm(x, this.weights(), this.callOptions(call));
  }
}

/**
 * A layer of gated recurrent units.
 *
 * Parameters as {@link RNN}'s, of three times the rows: the gates reset, update, new.
 *
 * Source: Cho et al. 2014, "Learning phrase representations"; PyTorch's GRU.
 *
 * @example
 * new GRU(3, 8, { returnSequences: true }).forward(ones([2, 5, 3])).shape; // => [2,5,8]
 */
export class GRU extends Recurrent<RecurrentCall, RecurrentResult> {
  /**
   * @param inputSize - the size of the input's last axis
   * @param hiddenSize - the size of one direction's output
   * @param options - layers, bidirectional, returnSequences, bias, dropout
   */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayerOptions = {}) {
    super(3, inputSize, hiddenSize, options);
  }

  run(x: Tensor, call: RecurrentCall = {}): RecurrentResult {
    return gru(x, this.weights(), this.callOptions(call));
  }
}
