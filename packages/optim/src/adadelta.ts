import { fusedKernel, type Tensor } from "@tensorloom/tensor";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";

/** What {@link Adadelta} takes: a learning rate of 1 by default. Weight decay is added to the gradient. */
export interface AdadeltaOptions extends OptimizerOptions {
  /** How slowly the running means of squares follow: 0.9 by default. */
  readonly rho?: number;
  /** Added under the roots: 1e-6 by default. */
  readonly eps?: number;
}

const kernel = fusedKernel(4, 4, ([w, g, squares, moves], [rate, rho, eps, decay]) => {
  const rest = rho!.neg().add(1);
  const slope = g!.add(w!.mul(decay!));
  const square = squares!.mul(rho!).add(slope.mul(slope).mul(rest));
  const move = moves!.add(eps!).sqrt().div(square.add(eps!).sqrt()).mul(slope);
  return [w!.sub(move.mul(rate!)), square, moves!.mul(rho!).add(move.mul(move).mul(rest))];
});

/**
 * Steps in the units of the parameters: the root mean square of past moves over that of the gradients.
 *
 * Source: Zeiler 2012, "ADADELTA: an adaptive learning rate method"; PyTorch's torch.optim.Adadelta.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new Adadelta([w]).step([tensor([10])]);
 * w.value.item().toFixed(4); // => 0.9968
 */
export class Adadelta extends Optimizer {
  readonly #rho: number;
  readonly #eps: number;
  protected readonly slotNames: readonly string[] = ["square", "move"];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate, rho, eps, decay
   */
  constructor(learnable: Learnable, options: AdadeltaOptions = {}) {
    super(learnable, { ...options, learningRate: options.learningRate ?? 1 });
    this.#rho = options.rho ?? 0.9;
    this.#eps = options.eps ?? 1e-6;
  }

  protected update(
    inputs: readonly Tensor[],
    { learningRate, weightDecay }: StepNumbers,
  ): readonly Tensor[] {
    return kernel(inputs, [learningRate, this.#rho, this.#eps, weightDecay]);
  }
}
