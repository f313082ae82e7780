import {
  ArgumentError,
  broadcastTo,
  logSoftmax,
  ShapeError,
  stopGradient,
  Tensor,
  tensor,
  tidy,
  type TensorLike,
} from "@tensorloom/tensor";
import { isFloating } from "@tensorloom/tensor/backend";
import {
  checkWeights,
  finishLosses,
  ofClasses,
  reduceLosses,
  type LossOptions,
} from "./reduction.ts";

/** What {@link crossEntropy} takes. */
export interface CrossEntropyOptions extends LossOptions {
  /** How much of each target is spread evenly over all classes, in [0, 1]; 0 by default. */
  readonly labelSmoothing?: number;
  /** A weight for each class, `[classes]`; the mean is then weighted. */
  readonly classWeights?: TensorLike;
  /** A class number whose samples do not count. */
  readonly ignoreIndex?: number;
}

/**
 * Returns the cross-entropy between predicted logits and targets: `-log softmax(logits)[target]`.
 *
 * @param logits - `[..., classes]`, not normalised
 * @param targets - class numbers `[...]` (int32 or uint8), or probabilities `[..., classes]` (float)
 * @param options - label smoothing, class weights, a class to ignore, reduction, weights
 * @returns a scalar; `[...]` with reduction "none"
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a class number out of range, or `ignoreIndex` beside
 * probabilities
 *
 * Source: PyTorch's cross_entropy. Szegedy et al. 2015, arXiv:1512.00567, for label smoothing.
 *
 * @example
 * crossEntropy(tensor([[0, 0]]), tensor([1], { dtype: "int32" })).item().toFixed(4); // => 0.6931
 */
export function crossEntropy(
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ArgumentError(
      `crossEntropy: labelSmoothing: expected a number in [0, 1], got ${labelSmoothing}`,
    );
  }
  const isClasses = !isProbabilities(targets);
  if (!isClasses && options.ignoreIndex !== undefined) {
    throw new ArgumentError(
      `crossEntropy: ignoreIndex: expected none beside probabilities, got ${options.ignoreIndex}; ` +
        "give those samples weights of 0",
    );
  }
  checkShape(logits, targets, isClasses ? logits.shape.slice(0, -1) : logits.shape);
  return tidy(() => {
    const logProbabilities = logSoftmax(logits);
    const classes = logits.shape.at(-1)!;
    const classWeights =
      options.classWeights === undefined ? undefined : weightsOf(options.classWeights, classes);
    if (isClasses) return classLosses(logProbabilities, targets, classWeights, options);
    const smoothed =
      labelSmoothing === 0
        ? targets
        : targets.mul(1 - labelSmoothing).add(labelSmoothing / classes);
    const weighted = classWeights === undefined ? smoothed : smoothed.mul(classWeights);
    return finishLosses("crossEntropy", weighted.mul(logProbabilities).sum(-1).neg(), options);
  });
}

/** Losses of class numbers; those of the class to ignore are 0, with weight 0. */
function classLosses(
  logProbabilities: Tensor,
  targets: Tensor,
  classWeights: Tensor | undefined,
  options: CrossEntropyOptions,
): Tensor {
  const { labelSmoothing = 0, ignoreIndex, reduction } = options;
  const classes = logProbabilities.shape.at(-1)!;
  const counts = ignoreIndex === undefined ? undefined : targets.notEqual(ignoreIndex);
  const labels = counts === undefined ? targets : targets.mul(counts.astype("int32"));
  const picked = ofClasses("crossEntropy", logProbabilities, labels).neg();
  const dtype = logProbabilities.dtype;
  let weights =
    classWeights === undefined ? undefined : classWeights.gather(labels.astype("int32"));
  if (counts !== undefined) {
    const mask = counts.astype(dtype);
    weights = weights === undefined ? mask : weights.mul(mask);
  }
  let losses = weights === undefined ? picked : picked.mul(weights);
  if (labelSmoothing > 0) {
    const perClass =
      classWeights === undefined ? logProbabilities : logProbabilities.mul(classWeights);
    const spread = perClass.sum(-1).neg().div(classes);
    const counted = counts === undefined ? spread : spread.mul(counts.astype(dtype));
    losses = losses.mul(1 - labelSmoothing).add(counted.mul(labelSmoothing));
  }
  checkWeights("crossEntropy", losses, options.weights);
  if (options.weights !== undefined) {
    const own = stopGradient(options.weights);
    losses = losses.mul(own);
    weights = weights === undefined ? broadcastTo(own, losses.shape) : weights.mul(own);
  }
  return reduceLosses("crossEntropy", losses, reduction, weights && stopGradient(weights));
}

function isProbabilities(targets: Tensor): boolean {
  return isFloating(targets.dtype);
}

function weightsOf(weights: TensorLike, classes: number): Tensor {
  const list = stopGradient(weights instanceof Tensor ? weights : tensor(weights));
  if (list.rank === 1 && list.shape[0] === classes) return list;
  throw new ShapeError(
    `crossEntropy: classWeights: expected shape [${classes}], got [${list.shape.join(", ")}]`,
  );
}

function checkShape(logits: Tensor, targets: Tensor, expected: readonly number[]): void {
  if (String(targets.shape) === String(expected)) return;
  const form = isProbabilities(targets) ? "probabilities" : "class numbers";
  throw new ShapeError(
    `crossEntropy: targets: expected ${form} of shape [${expected.join(", ")}] for logits ` +
      `[${logits.shape.join(", ")}], got [${targets.shape.join(", ")}] ${targets.dtype}; ` +
      'class numbers are int32: try astype("int32")',
  );
}
