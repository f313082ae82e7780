import { ArgumentError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape, normalizeAxis, type Axis } from "../shape.ts";
import { fromTypedArray, sharedOf, type Tensor } from "../tensor.ts";
import { ownHandle } from "./elementwise-ternary.ts";
import { gather } from "./indexing.ts";
import { concat } from "./joining.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { slice } from "./slicing.ts";
import { broadcastTo, reshape } from "./views.ts";

/**
 * Returns `x` laid out again and again along axes.
 *
 * @param x - any shape
 * @param repetitions - how often along each axis; missing axes are put in front, of `x` or of this
 *
 * Source: NumPy's tile.
 *
 * @example
 * tile(tensor([1, 2]), 2).toString(); // => [1, 2, 1, 2]
 * tile(tensor([1, 2]), [2, 1]).toString(); // => [[1, 2], [1, 2]]
 */
export function tile(x: TensorLike, repetitions: number | readonly number[]): Tensor {
  return tidy(() => {
    const input = toTensor("tile", x);
    const counts = typeof repetitions === "number" ? [repetitions] : [...repetitions];
    if (!counts.every(isCount)) {
      throw new ArgumentError(
        `tile: repetitions: expected whole numbers of 0 or more, got ${formatShape(counts)}`,
      );
    }
    const rank = Math.max(input.rank, counts.length);
    const sizes = [...Array.from({ length: rank - input.rank }, () => 1), ...input.shape];
    const times = [...Array.from({ length: rank - counts.length }, () => 1), ...counts];
    // An axis of copies before each axis; both become one.
    const apart = reshape(
      input,
      sizes.flatMap((size) => [1, size]),
    );
    const copied = broadcastTo(
      apart,
      sizes.flatMap((size, axis) => [times[axis]!, size]),
    );
    const tiled = reshape(
      copied,
      sizes.map((size, axis) => size * times[axis]!),
    );
    return ownHandle(x, tiled);
  });
}

/**
 * Returns `x` with each slice along an axis repeated.
 *
 * @param x - any shape
 * @param repeats - how often; one number for all, or one a slice
 * @param axis - of the row-major order of all elements by default, as in NumPy
 * @throws {@link ArgumentError} unless `repeats` fits
 *
 * Source: NumPy's repeat; tile is PyTorch's `repeat`.
 *
 * @example
 * repeat(tensor([1, 2]), 2).toString(); // => [1, 1, 2, 2]
 * repeat(tensor([[1], [2]]), [1, 2], 0).toString(); // => [[1], [2], [2]]
 */
export function repeat(x: TensorLike, repeats: number | readonly number[], axis?: number): Tensor {
  return tidy(() => {
    const given = toTensor("repeat", x);
    const input = axis === undefined ? reshape(given, [-1]) : given;
    const along = normalizeAxis("repeat", axis ?? 0, input.rank);
    const size = input.shape[along]!;
    const counts =
      typeof repeats === "number" ? Array.from({ length: size }, () => repeats) : repeats;
    if (counts.length !== size || !counts.every(isCount) || !isCount(counts[0] ?? 0)) {
      throw new ArgumentError(
        `repeat: repeats: expected a whole number of 0 or more, or ${size} of them, ` +
          `got ${typeof repeats === "number" ? repeats : formatShape(repeats)}`,
      );
    }
    const from = counts.flatMap((count, i) => Array.from({ length: count }, () => i));
    const { backend } = sharedOf(input, "repeat");
    const indices = fromTypedArray(Int32Array.from(from), "int32", [from.length], backend);
    return gather(input, indices, along);
  });
}

/**
 * Returns `x` with elements moved along axes; those that fall off the end come back at the start.
 *
 * @param x - any shape
 * @param shift - how far; negative ones move towards the start; one number, or one an axis
 * @param axis - by default `x` is rolled in row-major order, as in NumPy
 * @throws {@link ArgumentError} unless there is one whole number an axis
 *
 * @example
 * roll(tensor([1, 2, 3]), 1).toString(); // => [3, 1, 2]
 */
export function roll(x: TensorLike, shift: number | readonly number[], axis?: Axis): Tensor {
  return tidy(() => {
    const given = toTensor("roll", x);
    if (axis === undefined) {
      if (typeof shift !== "number") {
        throw new ArgumentError(
          `roll: shift: expected one whole number without an axis, got ${formatShape(shift)}; name the axes`,
        );
      }
      return reshape(rolled(reshape(given, [-1]), shift, 0), given.shape);
    }
    const axes = typeof axis === "number" ? [axis] : axis;
    const shifts = typeof shift === "number" ? axes.map(() => shift) : shift;
    if (shifts.length !== axes.length) {
      throw new ArgumentError(
        `roll: shift: expected ${axes.length} whole numbers for axes ${formatShape(axes)}, got ${formatShape(shifts)}`,
      );
    }
    const result = axes.reduce(
      (sofar, one, i) => rolled(sofar, shifts[i]!, normalizeAxis("roll", one, given.rank)),
      given,
    );
    return ownHandle(x, result);
  });
}

function rolled(x: Tensor, shift: number, axis: number): Tensor {
  if (!Number.isInteger(shift)) {
    throw new ArgumentError(`roll: shift: expected a whole number, got ${shift}`);
  }
  const size = x.shape[axis]!;
  const cut = size === 0 ? 0 : ((-shift % size) + size) % size;
  if (cut === 0) return x;
  const at = x.shape.map((n, a) => (a === axis ? cut : n));
  const start = x.shape.map((_, a) => (a === axis ? cut : 0));
  return concat([slice(x, start), slice(x, [], at)], axis);
}

function isCount(n: number): boolean {
  return Number.isInteger(n) && n >= 0;
}
