import { ArgumentError, ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape, normalizeAxis, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./elementwise-binary.ts";
import { matmul } from "./matmul.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { expandDims, reshape, transpose } from "./views.ts";

/**
 * Returns the dot product: of vectors, the sum of products; of matrices, their product; else the sum over the last axis of
 * `a` and the second-to-last of `b`. A scalar multiplies.
 *
 * @param a - any shape
 * @param b - any shape
 * @returns the other axes of `a`, then those of `b`
 * @throws {@link ShapeError} if the summed axes differ in size
 *
 * Source: NumPy's dot.
 *
 * @example
 * dot(tensor([1, 2]), tensor([3, 4])).item(); // => 11
 */
export function dot(a: TensorLike, b: TensorLike): Tensor {
  return tidy(() => {
    const left = toTensor("dot", a, b);
    const right = toTensor("dot", b, a);
    if (left.rank === 0 || right.rank === 0) return mul(left, right);
    return contract("dot", left, right, [left.rank - 1], [Math.max(0, right.rank - 2)]);
  });
}

/**
 * Returns every product of an element of `a` with one of `b`; both are taken flat.
 *
 * @param a - m elements
 * @param b - n elements
 * @returns `[m, n]`
 *
 * @example
 * outer(tensor([1, 2]), tensor([3, 4])).toString(); // => [[3, 4], [6, 8]]
 */
export function outer(a: TensorLike, b: TensorLike): Tensor {
  return tidy(() =>
    mul(
      expandDims(reshape(toTensor("outer", a, b), [-1]), 1),
      expandDims(reshape(toTensor("outer", b, a), [-1]), 0),
    ),
  );
}

/**
 * Returns the sum of products over pairs of axes.
 *
 * @param a - any shape
 * @param b - any shape
 * @param axes - the axes of each, paired; or how many: the last of `a` with the first of `b`; 2 by default
 * @returns the other axes of `a`, then those of `b`
 * @throws {@link ShapeError} if paired axes differ in size; {@link ArgumentError} if they are not paired one to one
 *
 * Cost: one `gemm`, after copies where the summed axes are not last or first.
 *
 * @example
 * tensordot(ones([2, 3, 4]), ones([3, 4, 5])).shape; // => [2,5]
 * tensordot(ones([2, 3]), ones([5, 3]), [[1], [1]]).shape; // => [2,5]
 */
export function tensordot(
  a: TensorLike,
  b: TensorLike,
  axes: number | readonly [readonly number[], readonly number[]] = 2,
): Tensor {
  return tidy(() => {
    const left = toTensor("tensordot", a, b);
    const right = toTensor("tensordot", b, a);
    if (typeof axes === "number") {
      const most = Math.min(left.rank, right.rank);
      if (!Number.isInteger(axes) || axes < 0 || axes > most) {
        throw new ArgumentError(
          `tensordot: axes: expected a whole number in [0, ${most}] for ${formatShape(left.shape)} and ` +
            `${formatShape(right.shape)}, got ${axes}`,
        );
      }
      const count = Array.from({ length: axes }, (_, i) => i);
      return contract(
        "tensordot",
        left,
        right,
        count.map((i) => left.rank - axes + i),
        count,
      );
    }
    const [ofLeft, ofRight] = axes;
    const first = ofLeft.map((axis) => normalizeAxis("tensordot", axis, left.rank));
    const second = ofRight.map((axis) => normalizeAxis("tensordot", axis, right.rank));
    const isPaired =
      first.length === second.length &&
      new Set(first).size === first.length &&
      new Set(second).size === second.length;
    if (!isPaired) {
      throw new ArgumentError(
        `tensordot: axes: expected as many axes of a as of b, each once, got ${formatShape(ofLeft)} and ` +
          formatShape(ofRight),
      );
    }
    return contract("tensordot", left, right, first, second);
  });
}

/** Sums products over paired axes: both operands as matrices, one product, and back to axes. */
function contract(
  operation: string,
  a: Tensor,
  b: Tensor,
  ofA: readonly number[],
  ofB: readonly number[],
): Tensor {
  ofA.forEach((axis, i) => {
    if (a.shape[axis] === b.shape[ofB[i]!]) return;
    throw new ShapeError(
      `${operation}: b: expected size ${a.shape[axis]} on axis ${ofB[i]} to match axis ${axis} of a ` +
        `${formatShape(a.shape)}, got ${formatShape(b.shape)}`,
    );
  });
  const freeOfA = a.shape.map((_, axis) => axis).filter((axis) => !ofA.includes(axis));
  const freeOfB = b.shape.map((_, axis) => axis).filter((axis) => !ofB.includes(axis));
  const rows = freeOfA.map((axis) => a.shape[axis]!);
  const columns = freeOfB.map((axis) => b.shape[axis]!);
  const inner = sizeOf(ofA.map((axis) => a.shape[axis]!));
  const left = reshape(transpose(a, [...freeOfA, ...ofA]), [sizeOf(rows), inner]);
  const right = reshape(transpose(b, [...ofB, ...freeOfB]), [inner, sizeOf(columns)]);
  return reshape(matmul(left, right), [...rows, ...columns]);
}
