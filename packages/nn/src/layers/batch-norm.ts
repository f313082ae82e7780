import {
  fusedKernel,
  noGrad,
  ones,
  Parameter,
  ShapeError,
  tidy,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { batchNorm, normalizedOver } from "../functional/normalization.ts";
import { ModuleBuffer } from "../module-buffer.ts";
import { Module } from "../module.ts";
import { checkFeatures } from "./input-shape.ts";

/** What {@link BatchNorm} takes. */
export interface BatchNormLayerOptions {
  /** Added to the variance, against a division by zero; 1e-5 by default. */
  readonly epsilon?: number;
  /** How much of a batch's statistics enters the running ones; 0.1 by default. */
  readonly momentum?: number;
  /** Whether a scale and a shift are learnt; true by default. */
  readonly affine?: boolean;
}

// The running variance is of the sample (n - 1), as in PyTorch; the batch is normalised by its own (n).
const follow = fusedKernel(
  4,
  2,
  ([runningMean, runningVariance, center, spread], [momentum, correction]) => [
    runningMean!.add(center!.sub(runningMean!).mul(momentum!)),
    runningVariance!.add(spread!.mul(correction!).sub(runningVariance!).mul(momentum!)),
  ],
);

/**
 * Normalises each channel over the batch and all places: in training by the batch's statistics, which running ones follow;
 * in evaluation by the running ones. For any number of spatial axes, as PyTorch's BatchNorm1d, 2d and 3d are.
 *
 * Parameters: `weight [channels]` (ones), `bias [channels]` (zeros). Buffers: `runningMean` (zeros), `runningVariance`
 * (ones).
 *
 * Source: Ioffe and Szegedy 2015, "Batch normalization".
 *
 * @example
 * const norm = new BatchNorm(1);
 * norm.forward(tensor([[1], [3]])).mean().item(); // => 0
 * Object.keys(norm.stateDict()); // => ["weight","bias","runningMean","runningVariance"]
 */
export class BatchNorm extends Module {
  /** `[channels]`; undefined without `affine`. */
  readonly weight: Parameter | undefined;
  /** `[channels]`; undefined without `affine`. */
  readonly bias: Parameter | undefined;
  /** `[channels]`. */
  readonly runningMean: ModuleBuffer;
  /** `[channels]`. */
  readonly runningVariance: ModuleBuffer;
  /** Added to the variance. */
  readonly epsilon: number;
  /** How much of a batch's statistics enters the running ones. */
  readonly momentum: number;

  /**
   * @param channels - the size of the input's last axis
   * @param options - epsilon, momentum, affine
   */
  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super();
    const { epsilon = 1e-5, momentum = 0.1, affine = true } = options;
    this.weight = affine ? new Parameter(ones([channels]), "weight") : undefined;
    this.bias = affine ? new Parameter(zeros([channels]), "bias") : undefined;
    this.runningMean = new ModuleBuffer(zeros([channels]), "runningMean");
    this.runningVariance = new ModuleBuffer(ones([channels]), "runningVariance");
    this.epsilon = epsilon;
    this.momentum = momentum;
  }

  /**
   * @param x - `[batch, ...space, channels]`
   * @returns the same shape
   * @throws `ShapeError` in training for one value a channel: it has no variance
   */
  forward(x: Tensor): Tensor {
    const channels = this.runningMean.shape[0]!;
    checkFeatures("BatchNorm", x, channels);
    const options = {
      epsilon: this.epsilon,
      ...(this.weight && { weight: this.weight.value }),
      ...(this.bias && { bias: this.bias.value }),
    };
    if (!this.isTraining) {
      const [center, spread] = [this.runningMean.value, this.runningVariance.value];
      return batchNorm(x, { ...options, mean: center, variance: spread });
    }
    const count = x.size / Math.max(1, channels);
    if (count <= 1) {
      throw new ShapeError(
        `BatchNorm: x: expected more than one value a channel in training, got [${x.shape.join(", ")}]; ` +
          "try larger batches, or eval()",
      );
    }
    return tidy(() => {
      const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
      const { output, mean, variance } = normalizedOver(x, axes, options);
      noGrad(() =>
        this.#follow(mean.reshape([channels]), variance.reshape([channels]), count / (count - 1)),
      );
      return output;
    });
  }

  #follow(center: Tensor, spread: Tensor, correction: number): void {
    const running = [this.runningMean, this.runningVariance];
    const next = follow(
      [...running.map(({ value }) => value), center, spread],
      [this.momentum, correction],
    );
    running.forEach((buffer, i) => buffer.assign(next[i]!));
  }
}
