import { record } from "../autograd/tape.ts";
import type { DType } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape, normalizeAxis, type Shape } from "../shape.ts";
import { viewOf, type Tensor } from "../tensor.ts";
import { addAlong, addInPlace, indicesAlong } from "./along-axis.ts";
import { toTensor, type TensorLike } from "./operand.ts";

/**
 * Returns a view of part of `x`: along each axis, elements `begin, begin + step, ...` before `end`.
 *
 * Positions count from the end when negative, and are cut to the axis, as Python's are. Axes beyond those given are
 * taken whole.
 *
 * @param x - any shape
 * @param begin - the first position along each axis
 * @param end - the position after the last; the end of the axis by default
 * @param step - 1 by default; negative ones run backwards
 * @throws {@link ArgumentError} for more entries than axes, fractions, or a step of 0
 *
 * @example
 * slice(tensor([0, 1, 2, 3, 4]), [1], [4]).toString(); // => [1, 2, 3]
 * slice(tensor([0, 1, 2, 3, 4]), [-1], [-6], [-2]).toString(); // => [4, 2, 0]
 */
export function slice<D extends DType = DType>(
  x: TensorLike<D>,
  begin: readonly number[],
  end: readonly number[] = [],
  step: readonly number[] = [],
): Tensor<D> {
  const input = toTensor("slice", x);
  checkPositions(input, begin, "begin");
  checkPositions(input, end, "end");
  checkPositions(input, step, "step");
  const starts: number[] = [];
  const steps: number[] = [];
  const shape = input.shape.map((size, axis) => {
    const by = step[axis] ?? 1;
    if (by === 0) {
      throw new ArgumentError(
        `slice: step: expected numbers that are not 0, got ${formatShape(step)}`,
      );
    }
    const from = position(begin[axis] ?? (by > 0 ? 0 : size - 1), size, by);
    const to = end[axis] === undefined ? (by > 0 ? size : -1) : position(end[axis]!, size, by);
    starts.push(from);
    steps.push(by);
    return Math.max(0, Math.ceil((to - from) / by));
  });
  let { offset } = input;
  const isEmpty = shape.includes(0);
  starts.forEach((start, axis) => {
    if (!isEmpty) offset += start * input.strides[axis]!;
  });
  const strides = input.strides.map((stride, axis) => stride * steps[axis]!);
  const view = viewOf(input, shape, strides, offset, "slice");
  return record("slice", [input], view, (gradient, [saved]) => {
    const whole = (): Tensor => tidy(() => placeInZeros(gradient, saved!.shape, starts, steps));
    const cut = shape.flatMap((size, axis) => (size === saved!.shape[axis] && steps[axis] === 1 ? [] : [axis])); // prettier-ignore
    if (cut.length !== 1) return [whole()];
    const [axis] = cut as [number];
    const where = { start: starts[axis]!, step: steps[axis]!, count: shape[axis]!, axis };
    return [{ whole, addTo: (sum) => addInPlace(sum, gradient, where) }];
  });
}

/**
 * Returns views of parts of `x` along an axis.
 *
 * @param x - any shape but a scalar
 * @param parts - how many equal parts; or the positions at which it is cut, as in NumPy
 * @param axis - 0 by default
 * @throws {@link ArgumentError} if the axis does not divide into so many parts, or is cut at fractions
 *
 * @example
 * split(tensor([1, 2, 3, 4]), 2).map(String); // => ["[1, 2]","[3, 4]"]
 * split(tensor([1, 2, 3, 4]), [1, 3]).map(String); // => ["[1]","[2, 3]","[4]"]
 */
export function split<D extends DType = DType>(
  x: TensorLike<D>,
  parts: number | readonly number[],
  axis = 0,
): Tensor<D>[] {
  const input = toTensor("split", x);
  const along = normalizeAxis("split", axis, input.rank);
  const size = input.shape[along]!;
  if (typeof parts === "number" && (!Number.isInteger(parts) || parts < 1 || size % parts !== 0)) {
    throw new ArgumentError(
      `split: parts: expected a divisor of ${size}, the size of axis ${along} of ${formatShape(input.shape)}, ` +
        `got ${parts}; try the positions of the cuts`,
    );
  }
  if (typeof parts !== "number" && !parts.every(Number.isInteger)) {
    throw new ArgumentError(
      `split: parts: expected whole numbers at which to cut, got ${formatShape(parts)}`,
    );
  }
  const cuts =
    typeof parts === "number"
      ? Array.from({ length: parts - 1 }, (_, i) => ((i + 1) * size) / parts)
      : parts;
  return [0, ...cuts].map((from, i) => {
    const to = i < cuts.length ? cuts[i]! : size;
    const begin = input.shape.map((_, a) => (a === along ? from : 0));
    return slice(
      input,
      begin,
      input.shape.map((n, a) => (a === along ? to : n)),
    );
  });
}

function checkPositions(x: Tensor, positions: readonly number[], name: string): void {
  const isList = Array.isArray(positions);
  if (isList && positions.length <= x.rank && positions.every(Number.isInteger)) return;
  throw new ArgumentError(
    `slice: ${name}: expected at most ${x.rank} whole numbers for ${formatShape(x.shape)}, ` +
      `got ${isList ? formatShape(positions) : `${String(positions)}; try [${String(positions)}]`}`,
  );
}

/** Counts from the end when negative, and cuts to the axis; a backward walk may end before its first element. */
function position(given: number, size: number, step: number): number {
  const counted = given < 0 ? given + size : given;
  return step > 0
    ? Math.min(Math.max(counted, 0), size)
    : Math.min(Math.max(counted, -1), size - 1);
}

/** Returns zeros of `shape` with `part` where the slice was. */
function placeInZeros(
  part: Tensor,
  shape: Shape,
  starts: readonly number[],
  steps: readonly number[],
): Tensor {
  let result = part;
  shape.forEach((size, axis) => {
    const start = starts[axis]!;
    const step = steps[axis]!;
    const count = part.shape[axis]!;
    if (start === 0 && step === 1 && count === size) return;
    const indices = indicesAlong(result, { start, step, count, axis });
    result = addAlong("slice", result, indices, axis, size);
  });
  return result;
}
