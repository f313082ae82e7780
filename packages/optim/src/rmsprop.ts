import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";

/** What {@link RMSprop} takes: a learning rate of 0.01 by default. Weight decay is added to the gradient. */
export interface RMSpropOptions extends OptimizerOptions {
  /** How slowly the running mean of squares follows: 0.99 by default. */
  readonly alpha?: number;
  /** Added to the divisor: 1e-8 by default. */
  readonly eps?: number;
  /** How much of the last step is kept: 0 by default. */
  readonly momentum?: number;
  /** Whether the divisor is the gradients' standard deviation instead of their root mean square; false by default. */
  readonly centered?: boolean;
}

// Without momentum, what is remembered of moves is not used: one tensor for one kernel less.
const plain = fusedKernel(4, 5, ([w, g, squares, moves], [rate, alpha, eps, momentum, decay]) => {
  const slope = g!.add(w!.mul(decay!));
  const square = squares!.mul(alpha!).add(slope.mul(slope).mul(alpha!.neg().add(1)));
  const move = moves!.mul(momentum!).add(slope.div(square.sqrt().add(eps!)));
  return [w!.sub(move.mul(rate!)), square, move];
});

const centered = fusedKernel(
  5,
  5,
  ([w, g, squares, moves, means], [rate, alpha, eps, momentum, decay]) => {
    const slope = g!.add(w!.mul(decay!));
    const square = squares!.mul(alpha!).add(slope.mul(slope).mul(alpha!.neg().add(1)));
    const mean = means!.add(slope.sub(means!).mul(alpha!.neg().add(1)));
    const spread = square.sub(mean.mul(mean)).sqrt().add(eps!);
    const move = moves!.mul(momentum!).add(slope.div(spread));
    return [w!.sub(move.mul(rate!)), square, move, mean];
  },
);

/**
 * Steps divided by the root of a running mean of squared gradients.
 *
 * Source: Tieleman and Hinton 2012, "Lecture 6.5: RMSProp"; Graves 2013 for the centered variant; PyTorch's
 * torch.optim.RMSprop.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new RMSprop([w], { learningRate: 0.05 }).step([tensor([10])]);
 * w.value.item().toFixed(4); // => 0.5000
 */
export class RMSprop extends Optimizer {
  readonly #numbers: readonly [alpha: number, eps: number, momentum: number];
  readonly #centered: boolean;
  protected readonly slotNames: readonly string[];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, alpha, eps, momentum, centered, decay
   */
  constructor(learnable: Learnable, options: RMSpropOptions = {}) {
    super(learnable, { ...options, learningRate: options.learningRate ?? 0.01 });
    this.#numbers = [options.alpha ?? 0.99, options.eps ?? 1e-8, options.momentum ?? 0];
    this.#centered = options.centered ?? false;
    this.slotNames = this.#centered ? ["square", "momentum", "mean"] : ["square", "momentum"];
  }

  protected update(
    inputs: readonly Tensor[],
    { learningRate, weightDecay }: StepNumbers,
  ): readonly Tensor[] {
    const kernel = this.#centered ? centered : plain;
    return kernel(inputs, [learningRate, ...this.#numbers, weightDecay]);
  }
}
