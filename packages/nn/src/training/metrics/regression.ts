import { ShapeError, stack, type Tensor } from "@tensorloom/tensor";
import type { EpochMetric } from "./metric.ts";

/**
 * Returns the mean distance between outputs and targets.
 *
 * @param outputs - of the targets' shape, or with one axis of size 1 more
 * @param targets - any shape
 * @throws `ShapeError` if their sizes differ
 *
 * @example
 * meanAbsoluteError(tensor([[1], [2]]), tensor([2, 4])).item(); // => 1.5
 */
export function meanAbsoluteError(outputs: Tensor, targets: Tensor): Tensor {
  return alike("meanAbsoluteError", outputs, targets).sub(targets).abs().mean();
}

/**
 * Returns the mean squared distance between outputs and targets.
 *
 * @param outputs - of the targets' shape, or with one axis of size 1 more
 * @param targets - any shape
 * @throws `ShapeError` if their sizes differ
 *
 * @example
 * meanSquaredError(tensor([[1], [2]]), tensor([2, 4])).item(); // => 2.5
 */
export function meanSquaredError(outputs: Tensor, targets: Tensor): Tensor {
  return alike("meanSquaredError", outputs, targets).sub(targets).square().mean();
}

/**
 * Returns a metric: the share of the targets' variance that outputs explain, `1 - Σ(y - ŷ)² / Σ(y - ȳ)²`, over the whole epoch; the
 * mean over targets where a sample has several.
 *
 * Batches' sums are taken about their own means and combined by Chan et al. 1979, so that large means lose no digits.
 *
 * Source: scikit-learn's r2_score.
 *
 * @example
 * const data = { x: tensor([1, 2, 3]), y: tensor([1, 2, 4]) };
 * (await evaluate(new Activation((x) => x), data, { metrics: [r2()] })).r2.toFixed(3); // => 0.786
 */
export function r2(): EpochMetric {
  return {
    name: "r2",
    start() {
      let count = 0;
      let columns: { mean: number; spread: number; error: number }[] = [];
      return {
        measure(outputs, targets) {
          const truth = targets.reshape([targets.shape[0] ?? 1, -1]);
          const errors = alike("r2", outputs, targets).reshape(truth.shape).sub(truth);
          const mean = truth.mean(0);
          return stack([mean, truth.sub(mean).square().sum(0), errors.square().sum(0)], 0);
        },
        add(measured, samples) {
          const width = measured.length / 3;
          if (count === 0) {
            columns = Array.from({ length: width }, () => ({ mean: 0, spread: 0, error: 0 }));
          }
          const all = count + samples;
          columns.forEach((column, c) => {
            const step = measured[c]! - column.mean;
            column.mean += (step * samples) / all;
            column.spread += measured[width + c]! + (step * step * count * samples) / all;
            column.error += measured[2 * width + c]!;
          });
          count = all;
        },
        value() {
          const scores = columns.map(({ spread, error }) => 1 - error / spread);
          return scores.reduce((sum, score) => sum + score, 0) / scores.length;
        },
      };
    },
  };
}

/** Outputs in the shape of their targets: `[n, 1]` beside `[n]` would silently broadcast to `[n, n]`. */
function alike(operation: string, outputs: Tensor, targets: Tensor): Tensor {
  if (String(outputs.shape) === String(targets.shape)) return outputs;
  if (outputs.size === targets.size) return outputs.reshape(targets.shape);
  throw new ShapeError(
    `${operation}: outputs: expected the targets' shape [${targets.shape.join(", ")}], got [${outputs.shape.join(", ")}]`,
  );
}
