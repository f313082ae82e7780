import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";

/** What {@link Lion} takes: a learning rate of 0.0001 by default. Weight decay is decoupled, as AdamW's. */
export interface LionOptions extends OptimizerOptions {
  /** The share of the momentum in the direction, and how slowly the momentum follows: [0.9, 0.99] by default. */
  readonly betas?: readonly [number, number];
}

const kernel = fusedKernel(3, 4, ([w, g, m], [rate, beta1, beta2, decay]) => {
  const direction = m!.add(g!.sub(m!).mul(beta1!.neg().add(1))).sign();
  return [
    w!.sub(direction.add(w!.mul(decay!)).mul(rate!)),
    m!.add(g!.sub(m!).mul(beta2!.neg().add(1))),
  ];
});

/**
 * Steps of one size: the sign of the momentum. It remembers half of what Adam does.
 *
 * Source: Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2.
 *
 * @example
 * const w = new Parameter(tensor([1, 1]), "w");
 * new Lion([w], { learningRate: 0.25 }).step([tensor([10, -0.1])]);
 * w.value.toString(); // => [0.75, 1.25]
 */
export class Lion extends Optimizer {
  readonly #betas: readonly [number, number];
  protected readonly slotNames: readonly string[] = ["momentum"];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, betas, decay
   */
  constructor(learnable: Learnable, options: LionOptions = {}) {
    super(learnable, { ...options, learningRate: options.learningRate ?? 0.0001 });
    this.#betas = options.betas ?? [0.9, 0.99];
  }

  protected update(
    inputs: readonly Tensor[],
    { learningRate, weightDecay }: StepNumbers,
  ): readonly Tensor[] {
    return kernel(inputs, [learningRate, ...this.#betas, weightDecay]);
  }
}
