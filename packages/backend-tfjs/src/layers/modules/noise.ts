// Layers of TensorFlow.js that disturb training and let evaluation pass.
import { Module } from "@tensorloom/nn";
import { random, where, withBackend, type Tensor } from "@tensorloom/tensor";

/** What all of them share: a strength, and that nothing happens in evaluation. */
abstract class Noise extends Module {
  /** How much: a standard deviation, or the probability of dropout of the same strength. */
  readonly strength: number;

  /** @param strength - a standard deviation, or a probability */
  constructor(strength: number) {
    super();
    this.strength = strength;
  }

  /** Returns `x` disturbed. */
  protected abstract disturbed(x: Tensor): Tensor;

  /** Returns `x`, disturbed in training. */
  forward(x: Tensor): Tensor {
    if (!this.isTraining || this.strength === 0) return x;
    return withBackend(x.backend, () => this.disturbed(x));
  }
}

/** Adds normal noise in training. */
export class GaussianNoise extends Noise {
  protected override disturbed(x: Tensor): Tensor {
    return x.add(random.normal(x.shape, { std: this.strength }));
  }
}

/** Multiplies by normal noise around 1 in training. Source: Srivastava et al. 2014, "Dropout", section 10. */
export class GaussianDropout extends Noise {
  protected override disturbed(x: Tensor): Tensor {
    const std = Math.sqrt(this.strength / (1 - this.strength));
    return x.mul(random.normal(x.shape, { mean: 1, std }));
  }
}

/**
 * Sets elements to the lowest value of SELU in training, and keeps mean and variance.
 *
 * Source: Klambauer et al. 2017, "Self-normalizing neural networks".
 */
export class AlphaDropout extends Noise {
  protected override disturbed(x: Tensor): Tensor {
    const lowest = -1.6732632423543772 * 1.0507009873554805;
    const kept = random.bernoulli(x.shape, 1 - this.strength, { dtype: "bool" });
    const scale = 1 / Math.sqrt((1 - this.strength) * (1 + this.strength * lowest ** 2));
    const shift = -scale * lowest * this.strength;
    return where(kept, x, lowest).mul(scale).add(shift);
  }
}
