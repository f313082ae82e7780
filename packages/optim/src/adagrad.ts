import { fusedKernel, type Parameter, type Tensor } from "@tensorloom/tensor";
import { Optimizer, type Learnable, type OptimizerOptions, type StepNumbers } from "./optimizer.ts";

/** What {@link Adagrad} takes: a learning rate of 0.01 by default. Weight decay is added to the gradient. */
export interface AdagradOptions extends OptimizerOptions {
  /** How fast the learning rate falls: it is divided by `1 + learningRateDecay · steps taken`. 0 by default. */
  readonly learningRateDecay?: number;
  /** Where the sums of squares begin: 0 by default. */
  readonly initialAccumulator?: number;
  /** Added to the divisor: 1e-10 by default. */
  readonly eps?: number;
}

const kernel = fusedKernel(3, 3, ([w, g, total], [rate, eps, decay]) => {
  const slope = g!.add(w!.mul(decay!));
  const next = total!.add(slope.mul(slope));
  return [w!.sub(slope.mul(rate!).div(next.sqrt().add(eps!))), next];
});

/**
 * Steps divided by the root of the sum of all squared gradients so far: rare features keep large steps.
 *
 * Source: Duchi, Hazan and Singer 2011, "Adaptive subgradient methods"; PyTorch's torch.optim.Adagrad.
 *
 * @example
 * const w = new Parameter(tensor([1]), "w");
 * new Adagrad([w], { learningRate: 0.5 }).step([tensor([10])]);
 * w.value.item().toFixed(4); // => 0.5000
 */
export class Adagrad extends Optimizer {
  readonly #learningRateDecay: number;
  readonly #initialAccumulator: number;
  readonly #eps: number;
  protected readonly slotNames: readonly string[] = ["sumOfSquares"];

  /**
   * @param learnable - parameters, a module that has them, or groups
   * @param options - learning rate and its decay, initialAccumulator, eps, decay
   */
  constructor(learnable: Learnable, options: AdagradOptions = {}) {
    super(learnable, { ...options, learningRate: options.learningRate ?? 0.01 });
    const { learningRateDecay = 0, initialAccumulator = 0, eps = 1e-10 } = options;
    this.#learningRateDecay = learningRateDecay;
    this.#initialAccumulator = initialAccumulator;
    this.#eps = eps;
  }

  protected override initialSlot(parameter: Parameter, name: string): Tensor {
    return super.initialSlot(parameter, name).add(this.#initialAccumulator);
  }

  protected update(inputs: readonly Tensor[], numbers: StepNumbers): readonly Tensor[] {
    const { step, learningRate, weightDecay } = numbers;
    const rate = learningRate / (1 + (step - 1) * this.#learningRateDecay);
    return kernel(inputs, [rate, this.#eps, weightDecay]);
  }
}
