import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { nextMoments } from "./moments.ts";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";

/** What {@link RAdam} takes: a learning rate of 0.001 by default. Weight decay is added to the gradient. */
export interface RAdamOptions extends OptimizerOptions {
  /** How slowly the means of gradients and of their squares follow: [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** Added to the divisor: 1e-8 by default. */
  readonly eps?: number;
}

// A rectification of 0 stands for a step that is not scaled by the squares at all.
const kernel = fusedKernel(4, 6, (inputs, [rate, beta1, beta2, eps, decay, rectification]) => {
  const { mean, square } = nextMoments(inputs, [beta1!, beta2!], decay!);
  const scaled = mean.mul(rectification!).div(square.sqrt().add(eps!));
  const direction = rectification!.greater(0).where(scaled, mean);
  return [inputs[0]!.sub(direction.mul(rate!)), mean, square];
});

/**
 * Adam whose first steps, while the squares' mean is still uncertain, are momentum's alone: no warm-up is needed.
 *
 * Source: Liu et al. 2020, "On the variance of the adaptive learning rate and beyond"; PyTorch's torch.optim.RAdam.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new RAdam([w], { learningRate: 0.1 }).step([tensor([2])]);
 * w.value.item().toFixed(4); // => 0.8000
 */
export class RAdam extends Optimizer {
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  protected readonly slotNames: readonly string[] = ["mean", "square"];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, betas, eps, decay
   */
  constructor(learnable: Learnable, options: RAdamOptions = {}) {
    super(learnable, { ...options, learningRate: options.learningRate ?? 0.001 });
    const { betas = [0.9, 0.999], eps = 1e-8 } = options;
    this.#betas = betas;
    this.#eps = eps;
  }

  protected update(inputs: readonly Tensor[], numbers: StepNumbers): readonly Tensor[] {
    const { step, learningRate, weightDecay } = numbers;
    const [beta1, beta2] = this.#betas;
    const correction2 = 1 - beta2 ** step;
    const rectification = rectificationOf(beta2, step) * Math.sqrt(correction2);
    const rate = learningRate / (1 - beta1 ** step);
    return kernel(inputs, [rate, beta1, beta2, this.#eps, weightDecay, rectification]);
  }
}

/** The paper's r, or 0 where the length of the squares' mean is 5 or less. */
function rectificationOf(beta2: number, step: number): number {
  const longest = 2 / (1 - beta2) - 1;
  const length = longest - (2 * step * beta2 ** step) / (1 - beta2 ** step);
  if (length <= 5) return 0;
  const above = (length - 4) * (length - 2) * longest;
  return Math.sqrt(above / ((longest - 4) * (longest - 2) * length));
}
