import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { nextMoments } from "./moments.ts";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";

/** What {@link NAdam} takes: a learning rate of 0.002 by default. Weight decay is added to the gradient. */
export interface NAdamOptions extends OptimizerOptions {
  /** How slowly the means of gradients and of their squares follow: [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** Added to the divisor: 1e-8 by default. */
  readonly eps?: number;
  /** How fast the momentum comes near the first beta: 0.004 by default. */
  readonly momentumDecay?: number;
}

const kernel = fusedKernel(
  4,
  7,
  (inputs, [gradientRate, meanRate, beta1, beta2, eps, decay, correction]) => {
    const { slope, mean, square } = nextMoments(inputs, [beta1!, beta2!], decay!);
    const divisor = square.div(correction!).sqrt().add(eps!);
    const direction = slope.mul(gradientRate!).add(mean.mul(meanRate!));
    return [inputs[0]!.sub(direction.div(divisor)), mean, square];
  },
);

/**
 * Adam with Nesterov's momentum.
 *
 * Source: Dozat 2016, "Incorporating Nesterov momentum into Adam"; PyTorch's torch.optim.NAdam.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new NAdam([w]).step([tensor([10])]);
 * w.value.item() < 1; // => true
 */
export class NAdam extends Optimizer {
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #momentumDecay: number;
  /** Products of the momenta of steps 1 to n, by n. */
  readonly #products = [1];
  protected readonly slotNames: readonly string[] = ["mean", "square"];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, betas, eps, decay, momentumDecay
   */
  constructor(learnable: Learnable, options: NAdamOptions = {}) {
    super(learnable, { ...options, learningRate: options.learningRate ?? 0.002 });
    const { betas = [0.9, 0.999], eps = 1e-8, momentumDecay = 0.004 } = options;
    this.#betas = betas;
    this.#eps = eps;
    this.#momentumDecay = momentumDecay;
  }

  protected update(inputs: readonly Tensor[], numbers: StepNumbers): readonly Tensor[] {
    const { step, learningRate, weightDecay } = numbers;
    const [beta1, beta2] = this.#betas;
    const product = this.#product(step);
    const next = this.#momentum(step + 1);
    return kernel(inputs, [
      (learningRate * (1 - this.#momentum(step))) / (1 - product),
      (learningRate * next) / (1 - product * next),
      ...[beta1, beta2, this.#eps, weightDecay],
      1 - beta2 ** step,
    ]);
  }

  #momentum(step: number): number {
    return this.#betas[0] * (1 - 0.5 * 0.96 ** (step * this.#momentumDecay));
  }

  #product(step: number): number {
    for (let n = this.#products.length; n <= step; n++) {
      this.#products.push(this.#products[n - 1]! * this.#momentum(n));
    }
    return this.#products[step]!;
  }
}
