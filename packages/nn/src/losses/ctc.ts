import {
  arange,
  ArgumentError,
  concat,
  elementwise,
  full,
  logSoftmax,
  ShapeError,
  takeAlongAxis,
  tensor,
  tidy,
  where,
  withBackend,
  type Tensor,
} from "@tensorloom/tensor";
import { reduceLosses, type Reduction } from "./reduction.ts";

/** What {@link ctcLoss} takes. */
export interface CtcOptions {
  /** How many steps of each sequence count: `[batch]`; all by default. */
  readonly inputLengths?: Tensor | readonly number[];
  /** How many labels of each target count: `[batch]`; all by default. */
  readonly targetLengths?: Tensor | readonly number[];
  /** The class that means "no label": 0 by default. */
  readonly blank?: number;
  /** Whether targets that do not fit into their sequence lose 0 instead of infinity; false by default. */
  readonly zeroInfinity?: boolean;
  /** The mean divides each loss by its target's length first, as PyTorch does; the mean by default. */
  readonly reduction?: Reduction;
}

// Stands for a probability of zero; infinities would make gradients of NaN.
const never = -1e30;

/** One step: what comes from the same place, the one before, and, where `mayJump`, the one before that; plus the emission. */
const advance = elementwise((same, before, jump, mayJump, emission) => {
  const third = mayJump.where(jump, never);
  const top = same.maximum(before).maximum(third);
  const total = same.sub(top).exp().add(before.sub(top).exp()).add(third.sub(top).exp());
  return total.log().add(top).add(emission);
});

const eitherOf = elementwise((x, y) => {
  const top = x.maximum(y);
  return x.sub(top).exp().add(y.sub(top).exp()).log().add(top);
});

/**
 * Returns the connectionist temporal classification loss: minus the logarithm of the probability of a sequence of labels,
 * however they are stretched over the steps.
 *
 * @param logits - `[batch, steps, classes]`: logits, or logarithms of probabilities, which are the same to it
 * @param targets - `[batch, labels]`, int32; never the blank
 * @param options - inputLengths, targetLengths, blank, zeroInfinity, reduction
 * @returns a scalar; `[batch]` with reduction "none"
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a blank or lengths out of range
 *
 * Cost: some ten operations a step. Source: Graves et al. 2006, "Connectionist temporal classification"; PyTorch's ctc_loss.
 *
 * @example
 * // Of two steps, "1" may be said in the first, the second, or both: 3 of the 4 equally likely ways.
 * ctcLoss(tensor([[[0, 0], [0, 0]]]), tensor([[1]], { dtype: "int32" })).item().toFixed(4); // => 0.2877
 */
export function ctcLoss(logits: Tensor, targets: Tensor, options: CtcOptions = {}): Tensor {
  const [batch, steps] = logits.shape as readonly [number, number];
  const { blank = 0, zeroInfinity = false, reduction } = options;
  if (logits.rank !== 3 || steps === 0 || targets.rank !== 2 || targets.shape[0] !== batch) {
    throw new ShapeError(
      "ctcLoss: expected logits [batch, steps, classes] and targets [batch, labels], " +
        `got [${logits.shape.join(", ")}] and [${targets.shape.join(", ")}]`,
    );
  }
  const classes = logits.shape[2]!;
  if (!Number.isInteger(blank) || blank < 0 || blank >= classes) {
    throw new ArgumentError(
      `ctcLoss: blank: expected a class number in [0, ${classes}), got ${blank}`,
    );
  }
  return tidy(() =>
    withBackend(logits.backend, () => {
      const inputLengths = lengths("inputLengths", options.inputLengths, batch, steps);
      const targetLengths = lengths(
        "targetLengths",
        options.targetLengths,
        batch,
        targets.shape[1]!,
      );
      const places = placesOf(targets, targetLengths, blank);
      const last = finalPlaces(logits, places, inputLengths);
      const ends = targetLengths.mul(2).astype("int32").expandDims(-1);
      const onLabel = takeAlongAxis(last, ends.sub(1).maximum(0).astype("int32"), 1).squeeze(1);
      const onBlank = takeAlongAxis(last, ends, 1).squeeze(1);
      const hasLabels = targetLengths.greater(0);
      const likelihood = where(hasLabels, eitherOf(onBlank, onLabel), onBlank);
      const isPossible = likelihood.greater(never / 2);
      const losses = where(isPossible, likelihood.neg(), zeroInfinity ? 0 : Infinity);
      const isMean = reduction === undefined || reduction === "mean";
      return reduceLosses(
        "ctcLoss",
        isMean ? losses.div(targetLengths.maximum(1)) : losses,
        reduction,
      );
    }),
  );
}

/** Blanks around and between the labels, and where a step may jump over a blank. */
interface Places {
  /** `[batch, 2 labels + 1]`, int32. */
  readonly labels: Tensor;
  /** `[batch, 2 labels + 1]`, bool: on a label that differs from the one before. */
  readonly mayJump: Tensor;
}

function placesOf(targets: Tensor, targetLengths: Tensor, blank: number): Places {
  const [batch, count] = targets.shape as readonly [number, number];
  const counts = arange(count, undefined, { dtype: "int32" }).less(targetLengths.expandDims(-1));
  const known = where(counts, targets.astype("int32"), blank).astype("int32");
  const blanks = full([batch, count, 1], blank, "int32");
  const pairs = concat([blanks, known.expandDims(-1)], 2).reshape([batch, 2 * count]);
  const labels = concat([pairs, full([batch, 1], blank, "int32")], 1);
  const before = concat([full([batch, 2], blank, "int32"), labels], 1).slice([0, 0], [batch, 2 * count + 1]); // prettier-ignore
  return { labels, mayJump: labels.notEqual(blank).logicalAnd(labels.notEqual(before)) };
}

/** The logarithms of the probabilities of being at each place after each sequence's last step. */
function finalPlaces(logits: Tensor, { labels, mayJump }: Places, inputLengths: Tensor): Tensor {
  const [batch, steps] = logits.shape as readonly [number, number];
  const count = labels.shape[1]!;
  const index = labels.expandDims(1).broadcastTo([batch, steps, count]);
  const emissions = takeAlongAxis(logSoftmax(logits), index, 2);
  const at = (t: number): Tensor => emissions.slice([0, t], [batch, t + 1]).squeeze(1);
  const border = full([batch, 2], never, logits.dtype);
  const isStart = arange(count, undefined, { dtype: "int32" }).less(2);
  let now = where(isStart, at(0), never);
  for (let t = 1; t < steps; t++) {
    const padded = concat([border, now], 1);
    const before = padded.slice([0, 1], [batch, count + 1]);
    const jump = padded.slice([0, 0], [batch, count]);
    const next = advance(now, before, jump, mayJump, at(t));
    now = where(inputLengths.greater(t).expandDims(-1), next, now);
  }
  return now;
}

function lengths(
  name: string,
  given: Tensor | readonly number[] | undefined,
  batch: number,
  most: number,
): Tensor {
  if (given === undefined) return full([batch], most, "int32");
  if (Array.isArray(given) && !given.every((n) => Number.isInteger(n) && n >= 0 && n <= most)) {
    throw new ArgumentError(
      `ctcLoss: ${name}: expected whole numbers in [0, ${most}], got [${given.join(", ")}]`,
    );
  }
  const list = Array.isArray(given) ? tensor(given, { dtype: "int32" }) : (given as Tensor);
  if (String(list.shape) === String([batch])) return list.astype("int32");
  throw new ShapeError(
    `ctcLoss: ${name}: expected shape [${batch}], got [${list.shape.join(", ")}]`,
  );
}
