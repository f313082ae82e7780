import { tidy } from "../scope.ts";
import { record } from "../autograd/tape.ts";
import { dispatch } from "../backend/dispatch.ts";
import { ArgumentError } from "../errors.ts";
import { normalizeAxis } from "../shape.ts";
import { allocateTensor, sharedOf, type Tensor } from "../tensor.ts";
import { addAlong } from "./along-axis.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { slice } from "./slicing.ts";

/** What sorts take. */
export interface SortOptions {
  /** The last axis by default. */
  readonly axis?: number;
  /** Whether the largest comes first; false by default. */
  readonly descending?: boolean;
}

/** Sorts, and returns values and where they came from. */
function sortWithIndices(
  operation: string,
  x: TensorLike,
  options: SortOptions,
): { values: Tensor; indices: Tensor<"int32">; axis: number } {
  const input = toTensor(operation, x);
  const axis = normalizeAxis(operation, options.axis ?? -1, input.rank);
  const { backend } = sharedOf(input, operation);
  const values = allocateTensor(backend, input.dtype, input.shape);
  const indices = allocateTensor(backend, "int32", input.shape);
  if (input.size > 0) {
    const descending = options.descending ?? false;
    dispatch(backend, "sort", { input, axis, descending, values, indices });
  }
  record(operation, [input, indices], values, (gradient, [, from]) => [
    addAlong(operation, gradient, from!, axis, input.shape[axis]!),
    undefined,
  ]);
  return { values, indices, axis };
}

/**
 * Returns the elements in order along an axis; equal ones keep their order, NaN comes last.
 *
 * @param x - any shape but a scalar
 * @param options - `axis`, `descending`
 *
 * @example
 * sort(tensor([3, 1, 2])).toString(); // => [1, 2, 3]
 */
export function sort(x: TensorLike, options: SortOptions = {}): Tensor {
  const { values, indices } = sortWithIndices("sort", x, options);
  indices.dispose();
  return values;
}

/**
 * Returns where the elements of the sorted order came from, int32.
 *
 * @param x - any shape but a scalar
 * @param options - `axis`, `descending`
 *
 * @example
 * argsort(tensor([3, 1, 2])).toString(); // => [1, 2, 0]
 */
export function argsort(x: TensorLike, options: SortOptions = {}): Tensor<"int32"> {
  const { values, indices } = sortWithIndices("argsort", x, options);
  values.dispose();
  return indices;
}

/** What {@link topk} finds. */
export interface TopK {
  /** `[..., k]`, best first. */
  readonly values: Tensor;
  /** `[..., k]`, int32: where they are. */
  readonly indices: Tensor<"int32">;
}

/**
 * Returns the `k` largest elements along the last axis, largest first, and where they are.
 *
 * @param x - `[..., n]`
 * @param k - at most n
 * @param options - `smallest`: whether to take the smallest instead, smallest first
 * @returns `values [..., k]` and `indices [..., k]`, int32
 * @throws {@link ArgumentError} if `k` is not in [0, n]
 *
 * @example
 * topk(tensor([3, 1, 2]), 2).values.toString(); // => [3, 2]
 */
export function topk(
  x: TensorLike,
  k: number,
  options: { readonly smallest?: boolean } = {},
): TopK {
  return tidy(() => {
    const input = toTensor("topk", x);
    const size = input.shape[normalizeAxis("topk", -1, input.rank)]!;
    if (!Number.isInteger(k) || k < 0 || k > size) {
      throw new ArgumentError(`topk: k: expected a whole number in [0, ${size}], got ${k}`);
    }
    const sorted = sortWithIndices("topk", input, { descending: options.smallest !== true });
    const begin = input.shape.map(() => 0);
    const end = [...input.shape.slice(0, -1), k];
    return { values: slice(sorted.values, begin, end), indices: slice(sorted.indices, begin, end) };
  });
}
