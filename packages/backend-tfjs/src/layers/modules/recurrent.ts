import { functional } from "@tensorloom/nn";
import { Parameter, stack, tidy, where, withBackend, zeros, type Tensor } from "@tensorloom/tensor";
import { activationFunction } from "../activations.ts";
import { MaskedModule } from "./masked-module.ts";

/** The kinds of recurrent layers. */
export type RecurrentKind = "SimpleRNN" | "LSTM" | "GRU";

/** What {@link RecurrentLayer} takes beside its weights. */
export interface RecurrentOptions {
  /** The kind. */
  readonly kind: RecurrentKind;
  /** The activation of outputs, by its name in files. */
  readonly activation: string;
  /** The activation of gates, by its name in files. */
  readonly recurrentActivation: string;
  /** Whether all steps' outputs are returned, not the last alone. */
  readonly returnSequences: boolean;
  /** Whether the state after the last step is returned too. */
  readonly returnState: boolean;
  /** Whether it runs from the last step to the first; outputs then come in that order. */
  readonly goBackwards: boolean;
  /** The probability with which the input's features are dropped in training, the same for all steps. */
  readonly dropout: number;
  /** The same of the state. */
  readonly recurrentDropout: number;
  /** Whether GRU's reset gate acts behind the product, which then has a bias of its own: cuDNN's, PyTorch's and Keras' form. */
  readonly resetAfter: boolean;
}

type Step = (gates: Tensor, state: readonly Tensor[]) => readonly Tensor[];

/** How many gates each kind has. */
export const gatesOf: Readonly<Record<RecurrentKind, number>> = { SimpleRNN: 1, LSTM: 4, GRU: 3 };

/** How many states each kind has. */
export const statesOf: Readonly<Record<RecurrentKind, number>> = { SimpleRNN: 1, LSTM: 2, GRU: 1 };

/**
 * A recurrent layer as TensorFlow.js has it, for what nn's differ in: any activations (its own default is a hard sigmoid),
 * running backwards, masked steps that repeat the output before, and GRU's reset gate, which may act before the product.
 *
 * Gates lie side by side: input, forget, cell, output of LSTM; update, reset, new of GRU.
 */
export class RecurrentLayer extends MaskedModule {
  /** `[inputSize, gates · units]`. */
  readonly kernel: Parameter;
  /** `[units, gates · units]`. */
  readonly recurrentKernel: Parameter;
  /** `[gates · units]`, or one for the input and one for the state with `resetAfter`; undefined without. */
  readonly bias: Parameter | undefined;
  /** As given. */
  readonly options: RecurrentOptions;

  /**
   * @param options - the kind, and how it runs
   * @param weights - kernel, recurrent kernel, bias; copied
   */
  constructor(options: RecurrentOptions, weights: readonly [Tensor, Tensor, Tensor | undefined]) {
    super();
    const [kernel, recurrentKernel, bias] = weights;
    this.options = options;
    this.kernel = new Parameter(kernel.add(0), "kernel");
    this.recurrentKernel = new Parameter(recurrentKernel.add(0), "recurrentKernel");
    this.bias = bias && new Parameter(bias.add(0), "bias");
  }

  /** The size of an output. */
  get units(): number {
    return this.recurrentKernel.shape[0]!;
  }

  /**
   * @param x - `[batch, steps, inputSize]`
   * @param mask - `[batch, steps]`, bool: steps that are false leave outputs and state as they are
   * @returns `[batch, units]`, or `[batch, steps, units]`
   */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return tidy(() => this.outputsOf([x], mask)[0]!);
  }

  /**
   * Returns the output, and with `returnState` the state, `[batch, units]`; two of LSTM.
   *
   * @param inputs - the input, and the state before the first step, zeros by default
   * @param mask - `[batch, steps]`, bool
   */
  override outputsOf(
    [x, ...initial]: readonly [Tensor, ...Tensor[]],
    mask: Tensor | undefined,
  ): readonly Tensor[] {
    const { kind, goBackwards, returnSequences, returnState, dropout } = this.options;
    return tidy(() => {
      const given = this.isTraining && dropout > 0 ? functional.spatialDropout(x, dropout) : x;
      const turned = (sequence: Tensor): Tensor => (goBackwards ? sequence.flip(1) : sequence);
      const products = turned(given).matmul(this.kernel.value);
      const [bias] = this.#biases();
      const gates = bias === undefined ? products : products.add(bias);
      const counts = mask && turned(mask);
      const [batch, steps] = x.shape as readonly [number, number];
      const still = withBackend(x.backend, () => zeros([batch, this.units], gates.dtype));
      const step = this.#step(batch, gates);
      const outputs: Tensor[] = [];
      let state: readonly Tensor[] = initial.length > 0 ? initial : [still, still];
      for (let t = 0; t < steps; t++) {
        const at = (sequence: Tensor): Tensor => sequence.slice([0, t], [batch, t + 1]);
        const next = step(at(gates).squeeze(1), state);
        const before = state;
        state =
          counts === undefined ? next : next.map((part, i) => where(at(counts), part, before[i]!));
        if (returnSequences) outputs.push(state[0]!);
      }
      const output = returnSequences ? stack(outputs, 1) : state[0]!;
      return returnState ? [output, ...state.slice(0, statesOf[kind])] : [output];
    });
  }

  maskOf(_x: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return this.options.returnSequences ? mask : undefined;
  }

  /** The input's bias and, with `resetAfter`, the state's. */
  #biases(): readonly Tensor[] {
    if (this.bias === undefined) return [];
    return this.options.resetAfter ? this.bias.value.split(2) : [this.bias.value];
  }

  /** Returns what makes the next state of the input's part of the gates. */
  #step(batch: number, gates: Tensor): Step {
    const { kind, recurrentDropout } = this.options;
    const [activation, opened] = [this.options.activation, this.options.recurrentActivation].map(
      activationFunction,
    ) as [(x: Tensor) => Tensor, (x: Tensor) => Tensor];
    const weight = this.recurrentKernel.value;
    const own = stateDropout(gates, [batch, this.units], this.isTraining ? recurrentDropout : 0);
    if (kind === "SimpleRNN") {
      return (x, [h]) => [activation(x.add(own(h!).matmul(weight)))];
    }
    if (kind === "LSTM") {
      return (x, [h, c]) => {
        return lstmStep(x.add(own(h!).matmul(weight)), c!, activation, opened);
      };
    }
    if (this.options.resetAfter) {
      const [, bias] = this.#biases();
      return (x, [h]) => {
        const before = own(h!);
        const products = before.matmul(weight);
        const ofState = bias === undefined ? products : products.add(bias);
        const [xz, xr, xn] = x.split(3, -1) as [Tensor, Tensor, Tensor];
        const [hz, hr, hn] = ofState.split(3, -1) as [Tensor, Tensor, Tensor];
        const candidate = activation(xn.add(opened(xr.add(hr)).mul(hn)));
        return [candidate.add(opened(xz.add(hz)).mul(h!.sub(candidate)))];
      };
    }
    const [gating, ofNew] = weight.split([2 * this.units], 1) as [Tensor, Tensor];
    return (x, [h]) => {
      const before = own(h!);
      const [xz, xr, xn] = x.split(3, -1) as [Tensor, Tensor, Tensor];
      const [hz, hr] = before.matmul(gating).split(2, -1) as [Tensor, Tensor];
      const [z, r] = [opened(xz.add(hz)), opened(xr.add(hr))];
      const candidate = activation(xn.add(r.mul(before).matmul(ofNew)));
      return [candidate.add(z.mul(before.sub(candidate)))];
    };
  }
}

/** Returns the next output and cell of an LSTM, of its gates before their activations. */
export function lstmStep(
  gates: Tensor,
  cell: Tensor,
  activation: (x: Tensor) => Tensor,
  opened: (x: Tensor) => Tensor,
): [hidden: Tensor, cell: Tensor] {
  const [i, f, g, o] = gates.split(4, -1) as [Tensor, Tensor, Tensor, Tensor];
  const next = opened(f)
    .mul(cell)
    .add(opened(i).mul(activation(g)));
  return [opened(o).mul(activation(next)), next];
}

/**
 * Returns what drops elements of a state, the same ones at all steps.
 *
 * @param like - a tensor whose backend and dtype the state has
 */
export function stateDropout(
  like: Tensor,
  [batch, ...rest]: readonly [number, ...number[]],
  rate: number,
): (state: Tensor) => Tensor {
  if (rate === 0) return (state) => state;
  const ones = withBackend(like.backend, () =>
    zeros([batch, 1, rest.reduce((a, b) => a * b)], like.dtype),
  ).add(1);
  const kept = functional.spatialDropout(ones, rate).reshape([batch, ...rest]);
  return (state) => state.mul(kept);
}
