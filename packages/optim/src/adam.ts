import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { Optimizer, type Learnable } from "./optimizer.ts";

/** What {@link Adam} takes. */
export interface AdamOptions {
  /** The step size: 0.001 by default. */
  readonly learningRate?: number;
  /** How slowly the means of gradients and of their squares follow: [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** Added to the divisor: 1e-8 by default. */
  readonly eps?: number;
  /** L2 penalty: this times the parameter is added to the gradient. 0 by default. */
  readonly weightDecay?: number;
}

// Kingma and Ba 2015, algorithm 1; the bias corrections come as parameters, since they change every step.
const kernel = fusedKernel(
  4,
  7,
  ([w, g, m, v], [rate, beta1, beta2, eps, decay, correction1, correction2]) => {
    const slope = g!.add(w!.mul(decay!));
    const mean = m!.add(slope.sub(m!).mul(beta1!.neg().add(1)));
    const square = v!.mul(beta2!).add(slope.mul(slope).mul(beta2!.neg().add(1)));
    const divisor = square.div(correction2!).sqrt().add(eps!);
    return [w!.sub(mean.div(correction1!).div(divisor).mul(rate!)), mean, square];
  },
);

/**
 * Adam: steps scaled by running means of gradients and of their squares, corrected for their start at zero.
 *
 * Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1; weight decay as in PyTorch's torch.optim.Adam.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new Adam([w], { learningRate: 0.5 }).step([tensor([10])]);
 * w.value.item().toFixed(4); // => 0.5000
 */
export class Adam extends Optimizer {
  readonly #options: Required<Omit<AdamOptions, "learningRate">>;
  protected readonly slotNames: readonly string[] = ["mean", "square"];

  /**
   * @param learnable - parameters, or a module that has them
   * @param options - learning rate, betas, eps, decay
   */
  constructor(learnable: Learnable, options: AdamOptions = {}) {
    super(learnable, options.learningRate ?? 0.001);
    const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    this.#options = { betas, eps, weightDecay };
  }

  protected update(inputs: readonly Tensor[], step: number): readonly Tensor[] {
    const { betas, eps, weightDecay } = this.#options;
    const [beta1, beta2] = betas;
    const corrections = [1 - beta1 ** step, 1 - beta2 ** step];
    return kernel(inputs, [this.learningRate, beta1, beta2, eps, weightDecay, ...corrections]);
  }
}
