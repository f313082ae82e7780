import { ArgumentError, fusedKernel, type Tensor } from "@tensorloom/tensor";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";
import type { Schedule } from "./schedules.ts";

/** What {@link SGD} takes. Weight decay is an L2 penalty: it is added to the gradient. */
export interface SGDOptions extends OptimizerOptions {
  /** The step size: a number, or a function of the number of steps taken. */
  readonly learningRate: number | Schedule;
  /** How much of the last step is kept: 0 by default. */
  readonly momentum?: number;
  /** Whether the gradient is looked up ahead of the momentum; needs momentum. False by default. */
  readonly nesterov?: boolean;
  /** How much of the gradient the momentum leaves out: 0 by default. */
  readonly dampening?: number;
}

// PyTorch's definition: g += decay w; m = momentum m + (1 - dampening) g (m = g at first); w -= rate (g + momentum m or m).
const plain = fusedKernel(2, 2, ([w, g], [rate, decay]) => [
  w!.sub(g!.add(w!.mul(decay!)).mul(rate!)),
]);

const withMomentum = fusedKernel(3, 5, ([w, g, m], [rate, decay, momentum, share, ahead]) => {
  const slope = g!.add(w!.mul(decay!));
  const next = m!.mul(momentum!).add(slope.mul(share!));
  const direction = ahead!.greater(0).where(slope.add(next.mul(momentum!)), next);
  return [w!.sub(direction.mul(rate!)), next];
});

/**
 * Stochastic gradient descent, with momentum.
 *
 * Source: PyTorch's torch.optim.SGD; Polyak 1964 for momentum, Sutskever et al. 2013 for Nesterov's variant.
 *
 * @example
 * const w = new Parameter(tensor([1, 2]), "w");
 * new SGD([w], { learningRate: 0.5 }).step([tensor([2, 2])]);
 * w.value.toString(); // => [0, 1]
 */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #ahead: number;
  readonly #dampening: number;
  protected readonly slotNames: readonly string[];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, momentum, nesterov, dampening, decay
   * @throws `ArgumentError` for `nesterov` without momentum, or with dampening
   */
  constructor(learnable: Learnable, options: SGDOptions) {
    super(learnable, options);
    const { momentum = 0, nesterov = false, dampening = 0 } = options;
    if (nesterov && !(momentum > 0 && dampening === 0)) {
      throw new ArgumentError(
        `SGD: nesterov: expected momentum above 0 and no dampening, got ${momentum} and ${dampening}`,
      );
    }
    this.#momentum = momentum;
    this.#ahead = Number(nesterov);
    this.#dampening = dampening;
    this.slotNames = momentum === 0 ? [] : ["momentum"];
  }

  protected update(inputs: readonly Tensor[], numbers: StepNumbers): readonly Tensor[] {
    const { step, learningRate, weightDecay } = numbers;
    if (this.#momentum === 0) return plain(inputs, [learningRate, weightDecay]);
    // The first momentum is the gradient itself, undamped.
    const share = step === 1 ? 1 : 1 - this.#dampening;
    return withMomentum(inputs, [learningRate, weightDecay, this.#momentum, share, this.#ahead]);
  }
}
