import { newTypedArray, promoteTypes } from "../dtype.ts";
import { ArgumentError, ShapeError, UnsupportedError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { formatShape } from "../shape.ts";
import { fromTypedArray, sharedOf, type Tensor } from "../tensor.ts";
import { customKernel } from "./custom-kernel.ts";
import { inDType } from "./elementwise-ternary.ts";
import { toTensor, type TensorLike } from "./operand.ts";

/** What {@link unique} finds. */
export interface UniqueValues {
  /** `[k]`: each value once, in rising order; NaN last, once. */
  readonly values: Tensor;
  /** `[k]`, int32: where each first stands in `x`, in row-major order. */
  readonly indices: Tensor<"int32">;
  /** The shape of `x`, int32: which of the values each element is, so that `gather(values, inverse)` is `x`. */
  readonly inverse: Tensor<"int32">;
  /** `[k]`, int32: how often each stands there. */
  readonly counts: Tensor<"int32">;
}

/**
 * Returns the distinct values of `x`, with where they are and how many. Host backends only, since the size of the result
 * depends on the values.
 *
 * @param x - any shape
 * @throws {@link UnsupportedError} on a device backend
 *
 * Cost: O(n log n). Source: array API 2024.12, `unique_all`; NaN counts as one value, as in NumPy.
 *
 * @example
 * const { values, counts } = unique(tensor([3, 1, 3]));
 * values.toString(); // => [1, 3]
 * counts.toString(); // => [1, 2]
 */
export function unique(x: TensorLike): UniqueValues {
  return tidy(() => {
    const input = toTensor("unique", x);
    const { backend } = sharedOf(input, "unique");
    if (backend.readSync === undefined) {
      throw new UnsupportedError(
        `unique: expected a tensor on a host backend, got one on ${backend.name}; try \`await x.to("wasm")\``,
      );
    }
    const data = input.dataSync();
    const order = Array.from(data, (_, i) => i);
    const rank = (value: number): number => (Number.isNaN(value) ? 1 : 0);
    order.sort((i, j) => {
      const [a, b] = [data[i]!, data[j]!];
      return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : i - j);
    });
    const firsts: number[] = [];
    const counts: number[] = [];
    const inverse = new Int32Array(data.length);
    for (const i of order) {
      const known = firsts.at(-1);
      const isNew =
        known === undefined ||
        !(data[known] === data[i] || (Number.isNaN(data[known]) && Number.isNaN(data[i])));
      if (isNew) {
        firsts.push(i);
        counts.push(0);
      }
      counts[counts.length - 1]!++;
      inverse[i] = firsts.length - 1;
    }
    const values = newTypedArray(input.dtype, firsts.length);
    firsts.forEach((i, k) => (values[k] = data[i]!));
    const shape = [firsts.length];
    return {
      values: fromTypedArray(values, input.dtype, shape, backend),
      indices: fromTypedArray(Int32Array.from(firsts), "int32", shape, backend),
      inverse: fromTypedArray(inverse, "int32", input.shape, backend),
      counts: fromTypedArray(Int32Array.from(counts), "int32", shape, backend),
    };
  });
}

const binarySearch = customKernel({
  name: "searchsorted",
  host([sorted, values], [found], [fromRight]) {
    const list = sorted!.data;
    values!.data.forEach((value, i) => {
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const at = list[middle]!;
        // NaN is larger than all numbers and equal to itself, as in NumPy's order.
        const isBefore =
          fromRight === 1
            ? at <= value || Number.isNaN(value)
            : at < value || (Number.isNaN(value) && !Number.isNaN(at));
        if (isBefore) low = middle + 1;
        else high = middle;
      }
      found!.data[i] = low;
    });
  },
});

/**
 * Returns where values would be put into a sorted vector so that it stays sorted.
 *
 * @param sorted - `[n]`, in rising order
 * @param values - any shape
 * @param options - `side`: before (`"left"`, the default) or after equal elements (`"right"`)
 * @returns int32, the shape of `values`: numbers in [0, n]
 * @throws {@link ShapeError} if `sorted` is not a vector
 *
 * Cost: O(log n) a value. Source: array API 2024.12, `searchsorted`.
 *
 * @example
 * searchsorted(tensor([1, 3, 5]), tensor([3, 4])).toString(); // => [1, 2]
 */
export function searchsorted(
  sorted: TensorLike,
  values: TensorLike,
  options: { readonly side?: "left" | "right" } = {},
): Tensor<"int32"> {
  return tidy(() => {
    const { side = "left" } = options;
    if (side !== "left" && side !== "right") {
      throw new ArgumentError(
        `searchsorted: side: expected "left" or "right", got ${JSON.stringify(side)}`,
      );
    }
    const list = toTensor("searchsorted", sorted, values);
    const sought = toTensor("searchsorted", values, sorted);
    if (list.rank !== 1) {
      throw new ShapeError(
        `searchsorted: sorted: expected a vector, got ${formatShape(list.shape)}; try reshape(sorted, [-1])`,
      );
    }
    const dtype = promoteTypes(list.dtype, sought.dtype);
    const specification = [{ shape: sought.shape, dtype: "int32" }] as const;
    const operands = [inDType(list, dtype), inDType(sought, dtype)];
    const parameters = [side === "right" ? 1 : 0];
    return binarySearch(operands, specification, parameters)[0] as Tensor<"int32">;
  });
}
