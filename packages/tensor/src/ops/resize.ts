import { isFloating, newTypedArray } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { expression } from "../expression/expression.ts";
import { tidy } from "../scope.ts";
import { formatShape } from "../shape.ts";
import { fromTypedArray, sharedOf, type Tensor } from "../tensor.ts";
import { gatherAlong } from "./along-axis.ts";
import { inDType, ownHandle } from "./elementwise-ternary.ts";
import { reduceExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { reshape } from "./views.ts";
import { perAxis, type PerAxis } from "./window.ts";

/** How {@link resize} makes new elements of old ones. */
export type ResizeMethod = "nearest" | "linear" | "cubic" | "area";

/**
 * Where element `i` of the result lies in the input, at `scale = input size / output size`: `"halfPixel"` at
 * `(i + 0.5) · scale - 0.5`, `"alignCorners"` so that first and last elements coincide, `"asymmetric"` at `i · scale`.
 */
export type CoordinateRule = "halfPixel" | "alignCorners" | "asymmetric";

/** What {@link resize} takes beside the size. */
export interface ResizeOptions {
  /** `"linear"` by default. */
  readonly method?: ResizeMethod;
  /** `"halfPixel"` by default. */
  readonly coordinates?: CoordinateRule;
  /** Whether linear and cubic average over all that a shrunken element covers; false by default. */
  readonly antialias?: boolean;
}

/**
 * Returns images, signals or volumes at another size.
 *
 * @param x - `[batch, ...space, channels]`
 * @param size - the new spatial size, one number for all axes or one an axis
 * @param options - `method`, `coordinates`, `antialias`
 * @returns `[batch, ...size, channels]`; integers stay integers with `nearest`, and become float32 else
 * @throws {@link ShapeError} if there are no spatial axes; {@link ArgumentError} for a size that is not positive
 *
 * Nearest takes the element at the coordinate rounded, halves up (rounded down with `asymmetric`); cubic is Keys 1981
 * with a = -0.75 (-0.5 with antialias), as PyTorch's; area averages by exact coverage. Gradient: to `x`, of any order.
 *
 * @example
 * resize(tensor([[[0], [2]]]), 4).toString(); // => [[[0.0], [0.5], [1.5], [2.0]]]
 */
export function resize(x: TensorLike, size: PerAxis, options: ResizeOptions = {}): Tensor {
  return tidy(() => {
    const given = toTensor("resize", x);
    const { method = "linear", coordinates = "halfPixel", antialias = false } = options;
    if (given.rank < 3) {
      throw new ShapeError(
        `resize: x: expected [batch, ...space, channels], got ${formatShape(given.shape)}; try expandDims`,
      );
    }
    if (!Object.hasOwn(tapsBy, method)) {
      throw new ArgumentError(
        `resize: method: expected one of ${Object.keys(tapsBy).join(", ")}, got ${String(method)}`,
      );
    }
    if (!["halfPixel", "alignCorners", "asymmetric"].includes(coordinates)) {
      throw new ArgumentError(
        `resize: coordinates: expected halfPixel, alignCorners or asymmetric, got ${String(coordinates)}`,
      );
    }
    const sizes = perAxis("resize", "size", size, given.rank - 2);
    if (given.size === 0) {
      throw new ShapeError(`resize: x: expected elements, got ${formatShape(given.shape)}`);
    }
    let result =
      method === "nearest" || isFloating(given.dtype) ? given : inDType(given, "float32");
    sizes.forEach((to, i) => {
      result = resizeAxis(result, i + 1, to, { method, coordinates, antialias });
    });
    return ownHandle(x, result);
  });
}

/** The input elements that one element of the result is made of, and how much each weighs. */
export interface ResizeTaps {
  /** Places in the input, of which some may lie outside: its outermost elements repeat. */
  readonly indices: readonly number[];
  /** One an index; their sum is 1. */
  readonly weights: readonly number[];
}

/**
 * Returns what each element along an axis of a resized tensor is made of, for kernels that do with it what no operation
 * does.
 *
 * @param from - the size of the input's axis
 * @param to - the size of the result's axis
 * @param options - as in {@link resize}, all of them
 *
 * @example
 * resizeTaps(4, 2, { method: "area", coordinates: "halfPixel", antialias: false })[1].indices; // => [2,3]
 */
export function resizeTaps(
  from: number,
  to: number,
  options: Required<ResizeOptions>,
): ResizeTaps[] {
  return Array.from({ length: to }, (_, i) => tapsOf(i, from, to, options));
}

interface Axis {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly position: number;
  readonly index: number;
  readonly rule: CoordinateRule;
  readonly antialias: boolean;
}

const weighted = expression((x, weight) => x.mul(weight));

function resizeAxis(x: Tensor, axis: number, to: number, options: Required<ResizeOptions>): Tensor {
  const from = x.shape[axis]!;
  if (from === to) return x;
  const { backend } = sharedOf(x, "resize");
  const taps = resizeTaps(from, to, options);
  const most = Math.max(...taps.map(({ indices }) => indices.length));
  const indices = new Int32Array(to * most);
  const dtype = x.dtype === "float64" ? "float64" : "float32";
  const weights = newTypedArray(dtype, to * most);
  taps.forEach((one, i) => {
    one.indices.forEach((at, k) => {
      indices[i * most + k] = Math.min(Math.max(at, 0), from - 1);
      weights[i * most + k] = one.weights[k]!;
    });
  });
  const along = (count: number): number[] => x.shape.map((_, a) => (a === axis ? count : 1));
  const gathered = gatherAlong(
    "resize",
    x,
    fromTypedArray(indices, "int32", along(to * most), backend),
    axis,
    x.shape.map((n, a) => (a === axis ? to * most : n)),
  );
  if (options.method === "nearest") return gathered;
  const apart = (shape: readonly number[]): number[] => [
    ...shape.slice(0, axis),
    to,
    most,
    ...shape.slice(axis + 1),
  ];
  const factors = fromTypedArray(weights, dtype, apart(along(1)), backend);
  return reduceExpression("resize", "sum", weighted, [reshape(gathered, apart(x.shape)), factors], {
    axes: [axis + 1],
    dropAxes: [axis + 1],
    sourceDType: x.dtype,
  });
}

function tapsOf(
  index: number,
  from: number,
  to: number,
  options: Required<ResizeOptions>,
): ResizeTaps {
  const { method, coordinates, antialias } = options;
  const aligned = to > 1 ? (from - 1) / (to - 1) : 0;
  const scale = coordinates === "alignCorners" ? aligned : from / to;
  const position = coordinates === "halfPixel" ? (index + 0.5) * scale - 0.5 : index * scale;
  return tapsBy[method]({ from, to, scale, position, index, rule: coordinates, antialias });
}

const tapsBy: Readonly<Record<ResizeMethod, (axis: Axis) => ResizeTaps>> = {
  nearest: ({ index, from, to, scale, rule }) => {
    // Whole numbers before the division: a scale rounded before it may fall below the element that is meant.
    const at = {
      halfPixel: ((2 * index + 1) * from) / (2 * to),
      alignCorners: index * scale + 0.5,
      asymmetric: (index * from) / to,
    }[rule];
    return { indices: [Math.floor(at)], weights: [1] };
  },
  linear: (axis) => kernelTaps(axis, 1, (d) => Math.max(0, 1 - d)),
  cubic: (axis) => kernelTaps(axis, 2, (d) => keys(d, axis.antialias ? -0.5 : -0.75)),
  area: ({ from, scale, index }) => {
    const begin = index * scale;
    const end = Math.min(from, begin + scale);
    const first = Math.floor(begin);
    const indices = Array.from({ length: Math.ceil(end - 1e-9) - first }, (_, k) => first + k);
    const covered = indices.map((at) => Math.min(end, at + 1) - Math.max(begin, at));
    return normalized(indices, covered);
  },
};

/** Keys 1981, "Cubic convolution interpolation for digital image processing". */
function keys(d: number, a: number): number {
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((d - 5) * d + 8) * d * a - 4 * a : 0;
}

/**
 * Weighs elements by their distance from the position. With antialias, a shrinking result stretches the kernel over all
 * that an element covers, and elements outside the input are left out instead of repeated.
 */
function kernelTaps(
  { from, scale, position, antialias }: Axis,
  reach: number,
  kernel: (distance: number) => number,
): ResizeTaps {
  const stretch = antialias ? Math.max(1, scale) : 1;
  const first = Math.ceil(position - reach * stretch);
  const last = Math.floor(position + reach * stretch);
  const all = Array.from({ length: last - first + 1 }, (_, k) => first + k);
  const indices = antialias ? all.filter((at) => at >= 0 && at < from) : all;
  return normalized(
    indices,
    indices.map((at) => kernel(Math.abs(at - position) / stretch)),
  );
}

/** Leaves out what has no weight, and divides by the sum. */
function normalized(indices: readonly number[], weights: readonly number[]): ResizeTaps {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kept = indices.filter((_, k) => weights[k] !== 0);
  return { indices: kept, weights: weights.filter((w) => w !== 0).map((w) => w / total) };
}
