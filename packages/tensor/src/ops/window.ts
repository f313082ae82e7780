import type { WindowParameters } from "../backend/contract.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../shape.ts";

/** One number for every spatial axis, or one an axis. */
export type PerAxis = number | readonly number[];

/**
 * How much is padded: `"valid"` nothing; `"same"` so that the output has `ceil(size / stride)` positions (the odd element
 * goes after); a number on both sides of every axis; or a pair an axis.
 */
export type Padding = "valid" | "same" | number | readonly (readonly [number, number])[];

/** How a window moves. */
export interface WindowOptions {
  /** Steps of the window. */
  readonly stride?: PerAxis;
  /** What is added around the input; `"valid"` by default. */
  readonly padding?: Padding;
  /** Distance between the window's taps; 1 by default. */
  readonly dilation?: PerAxis;
}

/** Returns one positive whole number for each of `rank` axes. */
export function perAxis(
  operation: string,
  name: string,
  value: PerAxis,
  rank: number,
): readonly number[] {
  const list = typeof value === "number" ? Array.from({ length: rank }, () => value) : value;
  if (list.length === rank && list.every((n) => Number.isInteger(n) && n > 0)) return list;
  throw new ArgumentError(
    `${operation}: ${name}: expected a positive whole number, or ${rank} of them, got ${formatShape(list)}`,
  );
}

/** Returns the window's parameters with padding worked out, and the spatial shape of the output. */
export function resolveWindow(
  operation: string,
  space: Shape,
  window: readonly number[],
  options: WindowOptions & { readonly ceilMode?: boolean },
  defaultStride: PerAxis = 1,
): { parameters: WindowParameters; outSpace: number[] } {
  const rank = space.length;
  const strides = perAxis(operation, "stride", options.stride ?? defaultStride, rank);
  const dilation = perAxis(operation, "dilation", options.dilation ?? 1, rank);
  const reach = window.map((size, axis) => (size - 1) * dilation[axis]! + 1);
  const padding = resolvePadding(operation, options.padding ?? "valid", space, reach, strides);
  const outSpace = space.map((size, axis) => {
    const [before, after] = padding[axis]!;
    const room = size + before + after - reach[axis]!;
    if (room < 0) {
      throw new ShapeError(
        `${operation}: x: expected at least ${reach[axis]! - before - after} elements along spatial axis ${axis} ` +
          `for a window that reaches ${reach[axis]!}, got ${size}; try padding: "same"`,
      );
    }
    const positions = Math.floor(room / strides[axis]!) + 1;
    const isPartial = options.ceilMode === true && room % strides[axis]! !== 0;
    // A partial window counts only if it starts inside the input or the padding before it, as in PyTorch.
    return isPartial && positions * strides[axis]! < size + before ? positions + 1 : positions;
  });
  return { parameters: { strides, dilation, padding }, outSpace };
}

function resolvePadding(
  operation: string,
  padding: Padding,
  space: Shape,
  reach: readonly number[],
  strides: readonly number[],
): readonly (readonly [number, number])[] {
  if (padding === "valid") return space.map(() => [0, 0]);
  if (padding === "same") {
    return space.map((size, axis) => {
      const stride = strides[axis]!;
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach[axis]! - size);
      const before = Math.floor(total / 2);
      return [before, total - before];
    });
  }
  const pairs =
    typeof padding === "number" ? space.map(() => [padding, padding] as const) : padding;
  const isLegal =
    Array.isArray(pairs) &&
    pairs.length === space.length &&
    pairs.every(
      (pair) => pair.length === 2 && pair.every((n: number) => Number.isInteger(n) && n >= 0),
    );
  if (isLegal) return pairs;
  throw new ArgumentError(
    `${operation}: padding: expected "same", "valid", a whole number of 0 or more, or ${space.length} pairs, ` +
      `got ${JSON.stringify(padding)}`,
  );
}
