import {
  ArgumentError,
  FormatError,
  fusedKernel,
  keep,
  type Parameter,
  type Tensor,
} from "@tensorloom/tensor";
import { listOf, type ParameterOwner } from "./optimizer.ts";

const follow = fusedKernel(2, 1, ([average, value], [decay]) => [
  value!.add(average!.sub(value!).mul(decay!)),
]);

/**
 * Running averages of parameters, which often predict better than the last ones: call `update()` after each step, and
 * `swap()` before and after an evaluation.
 *
 * Source: Polyak and Juditsky 1992, "Acceleration of stochastic approximation by averaging"; PyTorch's
 * torch.optim.swa_utils.AveragedModel with get_ema_avg_fn.
 *
 * @example
 * const w = new Parameter(tensor([0]), "w");
 * const average = new ExponentialMovingAverage([w], { decay: 0.5 });
 * w.assign(tensor([8]));
 * average.update();
 * average.swap();
 * w.value.toString(); // => [4]
 */
export class ExponentialMovingAverage {
  /** Whose values are averaged. */
  readonly parameters: readonly Parameter[];
  readonly #decay: number;
  #averages: Tensor[];

  /**
   * @param learnable - parameters, or a module that has them; their values are where the averages begin
   * @param options - `decay`: how much of an average is kept at each update, 0.999 by default
   */
  constructor(
    learnable: readonly Parameter[] | ParameterOwner,
    options: { readonly decay?: number } = {},
  ) {
    const { decay = 0.999 } = options;
    if (!(decay >= 0 && decay < 1)) {
      throw new ArgumentError(
        `ExponentialMovingAverage: decay: expected a number in [0, 1), got ${decay}`,
      );
    }
    this.parameters = listOf(learnable);
    this.#decay = decay;
    this.#averages = this.parameters.map(({ value }) => keep(value.add(0)));
  }

  /** Takes the parameters' values into the averages: one kernel a parameter. */
  update(): void {
    this.#averages = this.parameters.map(({ value }, i) => {
      const [next] = follow([this.#averages[i]!, value], [this.#decay]);
      this.#averages[i]!.dispose();
      return keep(next!);
    });
  }

  /** Exchanges the parameters' values and the averages; a second call puts both back. */
  swap(): void {
    this.parameters.forEach((parameter, i) => {
      const before = keep(parameter.value.add(0));
      parameter.assign(this.#averages[i]!);
      this.#averages[i] = before;
    });
  }

  /** Returns the averages by place, for saving: the object's own tensors, live until the next update. */
  state(): Record<string, Tensor> {
    return Object.fromEntries(this.#averages.map((average, i) => [String(i), average]));
  }

  /**
   * Takes back what {@link ExponentialMovingAverage.state} gave.
   *
   * @throws `FormatError` if a tensor is missing or has another shape; nothing has then changed
   */
  loadState(state: Readonly<Record<string, Tensor>>): void {
    this.parameters.forEach(({ name, shape }, i) => {
      if (String(state[i]?.shape) === String(shape)) return;
      throw new FormatError(
        `loadState: ${i}: expected a tensor of shape [${shape.join(", ")}] for ${name}, ` +
          `got ${state[i] === undefined ? "none" : `[${state[i].shape.join(", ")}]`}`,
      );
    });
    this.dispose();
    this.#averages = this.parameters.map((_, i) => keep(state[i]!.add(0)));
  }

  /** Frees the averages. */
  dispose(): void {
    for (const average of this.#averages) average.dispose();
  }
}
