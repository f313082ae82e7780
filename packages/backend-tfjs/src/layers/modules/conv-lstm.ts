import { functional, Module } from "@tensorloom/nn";
import {
  conv2d,
  Parameter,
  stack,
  tidy,
  withBackend,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { activationFunction } from "../activations.ts";
import { lstmStep, stateDropout } from "./recurrent.ts";

/** What {@link ConvLSTM2D} takes beside its weights. */
export interface ConvLstmOptions {
  /** The activation of outputs, by its name in files. */
  readonly activation: string;
  /** The activation of gates, by its name in files. */
  readonly recurrentActivation: string;
  /** How the window moves over the input; over the state it moves by one, and sizes stay. */
  readonly stride: readonly number[];
  /** Gaps between the window's taps. */
  readonly dilation: readonly number[];
  /** What lies around the input. */
  readonly padding: "same" | "valid";
  /** Whether all steps' outputs are returned, not the last alone. */
  readonly returnSequences: boolean;
  /** The probability with which the input's elements are dropped in training, the same for all steps. */
  readonly dropout: number;
  /** The same of the state. */
  readonly recurrentDropout: number;
  /** Whether it runs from the last step to the first; outputs then come in that order. */
  readonly goBackwards: boolean;
}

/**
 * A long short-term memory whose products are convolutions.
 *
 * Source: Shi et al. 2015, arXiv:1506.04214, without the cell's part of the gates, as in Keras. Gates lie side by side: input, forget,
 * cell, output.
 */
export class ConvLSTM2D extends Module {
  /** `[height, width, inChannels, 4 · filters]`. */
  readonly kernel: Parameter;
  /** `[height, width, filters, 4 · filters]`. */
  readonly recurrentKernel: Parameter;
  /** `[4 · filters]`; undefined without. */
  readonly bias: Parameter | undefined;
  /** As given. */
  readonly options: ConvLstmOptions;

  /**
   * @param options - how it runs
   * @param weights - kernel, recurrent kernel, bias; copied
   */
  constructor(options: ConvLstmOptions, weights: readonly [Tensor, Tensor, Tensor | undefined]) {
    super();
    const [kernel, recurrentKernel, bias] = weights;
    this.options = options;
    this.kernel = new Parameter(kernel.add(0), "kernel");
    this.recurrentKernel = new Parameter(recurrentKernel.add(0), "recurrentKernel");
    this.bias = bias && new Parameter(bias.add(0), "bias");
  }

  /**
   * @param x - `[batch, steps, height, width, channels]`
   * @returns `[batch, outHeight, outWidth, filters]`, with the steps behind the batch if all are returned
   */
  forward(x: Tensor): Tensor {
    const { goBackwards, returnSequences, stride, padding, dilation } = this.options;
    const { dropout, recurrentDropout } = this.options;
    return tidy(() => {
      const [batch, steps, ...image] = x.shape as readonly [number, number, ...number[]];
      const isDropped = this.isTraining && dropout > 0;
      const flat = x.reshape([batch, steps, -1]);
      const kept = isDropped ? functional.spatialDropout(flat, dropout) : flat;
      const images = (goBackwards ? kept.flip(1) : kept).reshape([batch * steps, ...image]);
      const bias = this.bias === undefined ? {} : { bias: this.bias.value };
      // The input's part of the gates, of all steps at once.
      const all = conv2d(images, this.kernel.value, { stride, padding, dilation, ...bias });
      const gates = all.reshape([batch, steps, ...all.shape.slice(1)]);
      const [activation, opened] = [this.options.activation, this.options.recurrentActivation].map(
        activationFunction,
      ) as [(x: Tensor) => Tensor, (x: Tensor) => Tensor];
      const filters = this.recurrentKernel.shape[2]!;
      const still = [batch, ...all.shape.slice(1, -1), filters] as const;
      const own = stateDropout(all, still, this.isTraining ? recurrentDropout : 0);
      const zero = withBackend(x.backend, () => zeros(still, all.dtype));
      let [hidden, cell] = [zero, zero];
      const outputs: Tensor[] = [];
      for (let t = 0; t < steps; t++) {
        const given = gates.slice([0, t], [batch, t + 1]).squeeze(1);
        const sum = given.add(conv2d(own(hidden), this.recurrentKernel.value, { padding: "same" }));
        [hidden, cell] = lstmStep(sum, cell, activation, opened);
        if (returnSequences) outputs.push(hidden);
      }
      return returnSequences ? stack(outputs, 1) : hidden;
    });
  }
}
