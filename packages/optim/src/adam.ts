import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { nextMoments } from "./moments.ts";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";

/** What {@link Adam} and {@link AdamW} take: a learning rate of 0.001 by default. */
export interface AdamOptions extends OptimizerOptions {
  /** How slowly the means of gradients and of their squares follow: [0.9, 0.999] by default. */
  readonly betas?: readonly [number, number];
  /** Added to the divisor: 1e-8 by default. */
  readonly eps?: number;
  /** Whether the divisor never falls (Reddi et al. 2018, "On the convergence of Adam and beyond"); false by default. */
  readonly amsgrad?: boolean;
}

// Kingma and Ba 2015, algorithm 1; the bias corrections come as parameters, since they change every step. Decay is either
// part of the gradient, or of the parameter's own (`shrink`).
const plain = fusedKernel(
  4,
  8,
  (inputs, [rate, beta1, beta2, eps, decay, shrink, correction1, correction2]) => {
    const { mean, square } = nextMoments(inputs, [beta1!, beta2!], decay!);
    const divisor = square.div(correction2!).sqrt().add(eps!);
    const next = inputs[0]!.mul(shrink!).sub(mean.div(correction1!).div(divisor).mul(rate!));
    return [next, mean, square];
  },
);

const neverFalling = fusedKernel(
  5,
  8,
  (inputs, [rate, beta1, beta2, eps, decay, shrink, correction1, correction2]) => {
    const { mean, square } = nextMoments(inputs, [beta1!, beta2!], decay!);
    const largest = inputs[4]!.maximum(square);
    const divisor = largest.div(correction2!).sqrt().add(eps!);
    const next = inputs[0]!.mul(shrink!).sub(mean.div(correction1!).div(divisor).mul(rate!));
    return [next, mean, square, largest];
  },
);

/**
 * Adam: steps scaled by running means of gradients and of their squares, corrected for their start at zero. Weight decay is
 * an L2 penalty: it is added to the gradient.
 *
 * Source: Kingma and Ba 2015, arXiv:1412.6980, algorithm 1; PyTorch's torch.optim.Adam.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new Adam([w], { learningRate: 0.5 }).step([tensor([10])]);
 * w.value.item().toFixed(4); // => 0.5000
 */
export class Adam extends Optimizer {
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #amsgrad: boolean;
  protected readonly slotNames: readonly string[];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, betas, eps, decay, amsgrad
   */
  constructor(learnable: Learnable, options: AdamOptions = {}) {
    super(learnable, { ...options, learningRate: options.learningRate ?? 0.001 });
    const { betas = [0.9, 0.999], eps = 1e-8, amsgrad = false } = options;
    this.#betas = betas;
    this.#eps = eps;
    this.#amsgrad = amsgrad;
    this.slotNames = amsgrad ? ["mean", "square", "largestSquare"] : ["mean", "square"];
  }

  protected update(inputs: readonly Tensor[], numbers: StepNumbers): readonly Tensor[] {
    return this.adapted(inputs, numbers, numbers.weightDecay, 1);
  }

  /** Returns the update with decay in the gradient (`decay`) or in the parameter (`shrink`). */
  protected adapted(
    inputs: readonly Tensor[],
    { step, learningRate }: StepNumbers,
    decay: number,
    shrink: number,
  ): readonly Tensor[] {
    const [beta1, beta2] = this.#betas;
    const corrections = [1 - beta1 ** step, 1 - beta2 ** step];
    const kernel = this.#amsgrad ? neverFalling : plain;
    return kernel(inputs, [learningRate, beta1, beta2, this.#eps, decay, shrink, ...corrections]);
  }
}

/**
 * Adam with decoupled weight decay: parameters shrink by themselves, whatever the gradient's scale; by 0.01 by default.
 *
 * Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization"; PyTorch's torch.optim.AdamW.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new AdamW([w], { learningRate: 0.5, weightDecay: 0.1 }).step([tensor([10])]);
 * w.value.item().toFixed(4); // => 0.4500
 */
export class AdamW extends Adam {
  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, betas, eps, decay, amsgrad
   */
  constructor(learnable: Learnable, options: AdamOptions = {}) {
    super(learnable, { ...options, weightDecay: options.weightDecay ?? 0.01 });
  }

  protected override update(inputs: readonly Tensor[], numbers: StepNumbers): readonly Tensor[] {
    return this.adapted(inputs, numbers, 0, 1 - numbers.learningRate * numbers.weightDecay);
  }
}
