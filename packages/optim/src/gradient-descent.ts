import {
  ArgumentError,
  fusedKernel,
  random,
  stack,
  tidy,
  valueAndGrad,
  zerosLike,
  type Tensor,
} from "@tensorloom/tensor";

/** What {@link gradientDescent} takes. */
export interface GradientDescentOptions {
  /** What a step looks at: all samples, one, or a few. */
  readonly mode: "batch" | "stochastic" | "mini-batch";
  /** η, the step size: 0.01 by default. */
  readonly learningRate?: number;
  /** γ, how much of the last step is kept: 0 by default. */
  readonly momentum?: number;
  /** How often all samples are seen: 100 by default. In batch mode an epoch is a step. */
  readonly epochs?: number;
  /** How many samples there are; needed but in batch mode. */
  readonly samples?: number;
  /** How many samples a step of mini-batch mode looks at: 32 by default. */
  readonly batchSize?: number;
  /** Seeds the order of samples; the global generator by default. */
  readonly seed?: number;
}

/** What {@link gradientDescent} gives. */
export interface Descent {
  /** θ after the last step. */
  readonly x: Tensor;
  /** `[steps]`: the loss before each step. */
  readonly losses: Tensor;
}

const move = fusedKernel(3, 2, ([theta, slope, v], [eta, gamma]) => {
  const next = v!.mul(gamma!).add(slope!.mul(eta!));
  return [theta!.sub(next), next];
});

/**
 * Gradient descent as textbooks have it: `v = γ v + η ∇f(θ)`, `θ = θ - v`, over all samples at once (batch), one after
 * another in random order (stochastic), or some at a time (mini-batch).
 *
 * @param f - computes a scalar of θ; outside of batch mode it also gets the numbers of the samples to look at, int32
 * @param x0 - where θ begins; it stays the caller's
 * @param options - mode, learningRate, momentum, epochs, samples, batchSize, seed
 * @returns `x` and `losses`; nothing is read back from the backend
 * @throws `ArgumentError` for options that do not fit
 *
 * Source: Robbins and Monro 1951, "A stochastic approximation method"; Polyak 1964 for momentum.
 *
 * @example
 * const { x } = gradientDescent((w) => w.sub(3).square().sum(), tensor([0]), { mode: "batch", learningRate: 0.1 });
 * x.item().toFixed(4); // => 3.0000
 *
 * const data = tensor([1, 2, 3, 6]);
 * const mean = gradientDescent((w, i) => data.gather(i).sub(w).square().mean(), tensor(0), {
 *   mode: "mini-batch", samples: 4, batchSize: 2, epochs: 200, learningRate: 0.02, seed: 1,
 * });
 * Math.round(mean.x.item()); // => 3
 */
export function gradientDescent(
  f: (x: Tensor, samples: Tensor<"int32">) => Tensor,
  x0: Tensor,
  options: GradientDescentOptions,
): Descent {
  const { learningRate = 0.01, momentum = 0, epochs = 100 } = options;
  const [samples, batchSize] = batching(options);
  return tidy(() => {
    let x = x0;
    let v = zerosLike(x0);
    const losses: Tensor[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = tidy(() => orderOf(samples, options.seed, epoch));
      for (let begin = 0; begin < samples; begin += batchSize) {
        const next = tidy(() => {
          const chosen = order.slice([begin], [Math.min(samples, begin + batchSize)]);
          const { value, gradients } = valueAndGrad((theta) => f(theta, chosen))(x);
          return [...move([x, gradients[0]!, v], [learningRate, momentum]), value];
        });
        if (x !== x0) x.dispose();
        v.dispose();
        [x, v] = next as [Tensor, Tensor];
        losses.push(next[2]!);
      }
      order.dispose();
    }
    return { x: x === x0 ? x0.add(0) : x, losses: stack(losses.map((loss) => loss.reshape([]))) };
  });
}

/** Returns how many samples there are, and how many a step takes. */
function batching(options: GradientDescentOptions): [samples: number, batchSize: number] {
  const { mode, samples, batchSize = 32, epochs = 100 } = options;
  const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
  if (!["batch", "stochastic", "mini-batch"].includes(mode)) {
    throw new ArgumentError(
      `gradientDescent: mode: expected "batch", "stochastic" or "mini-batch", got "${mode}"`,
    );
  }
  if (!isWhole(epochs)) {
    throw new ArgumentError(
      `gradientDescent: epochs: expected a positive whole number, got ${epochs}`,
    );
  }
  if (mode === "batch") return [samples ?? 1, samples ?? 1];
  if (!isWhole(samples) || !isWhole(batchSize)) {
    throw new ArgumentError(
      `gradientDescent: samples and batchSize: expected positive whole numbers in ${mode} mode, ` +
        `got ${samples} and ${batchSize}`,
    );
  }
  return [samples!, mode === "stochastic" ? 1 : batchSize];
}

function orderOf(samples: number, seed: number | undefined, epoch: number): Tensor<"int32"> {
  return random.permutation(samples, seed === undefined ? {} : { seed: seed + epoch });
}
