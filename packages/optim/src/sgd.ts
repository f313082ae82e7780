import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { Optimizer, type Learnable } from "./optimizer.ts";

/** What {@link SGD} takes. */
export interface SGDOptions {
  /** The step size. */
  readonly learningRate: number;
  /** How much of the last step is kept: 0 by default. */
  readonly momentum?: number;
  /** Whether the gradient is looked up ahead of the momentum; needs momentum. False by default. */
  readonly nesterov?: boolean;
  /** How much of the gradient the momentum leaves out: 0 by default. */
  readonly dampening?: number;
  /** L2 penalty: this times the parameter is added to the gradient. 0 by default. */
  readonly weightDecay?: number;
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
 * Source: PyTorch's torch.optim.SGD; Sutskever et al. 2013 for Nesterov's variant.
 *
 * @example
 * const w = new Parameter(tensor([1, 2]), "w");
 * new SGD([w], { learningRate: 0.5 }).step([tensor([2, 2])]);
 * w.value.toString(); // => [0, 1]
 */
export class SGD extends Optimizer {
  readonly #options: Required<SGDOptions>;
  protected readonly slotNames: readonly string[];

  /**
   * @param learnable - parameters, or a module that has them
   * @param options - learning rate, momentum, decay
   */
  constructor(learnable: Learnable, options: SGDOptions) {
    super(learnable, options.learningRate);
    const { momentum = 0, nesterov = false, dampening = 0, weightDecay = 0 } = options;
    this.#options = { ...options, momentum, nesterov, dampening, weightDecay };
    this.slotNames = momentum === 0 ? [] : ["momentum"];
  }

  protected update(inputs: readonly Tensor[], step: number): readonly Tensor[] {
    const { momentum, nesterov, dampening, weightDecay } = this.#options;
    if (momentum === 0) return plain(inputs, [this.learningRate, weightDecay]);
    // The first momentum is the gradient itself, undamped.
    const share = step === 1 ? 1 : 1 - dampening;
    return withMomentum(inputs, [
      this.learningRate,
      weightDecay,
      momentum,
      share,
      Number(nesterov),
    ]);
  }
}
