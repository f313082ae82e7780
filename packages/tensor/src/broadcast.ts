import { ShapeError } from "./errors.ts";
import { formatShape, sameShape, type Shape } from "./shape.ts";

/**
 * Returns the shape to which `a` and `b` broadcast by NumPy's rule: axes are matched from the end, and a size of 1
 * (or a missing axis) stretches.
 *
 * @throws {@link ShapeError} if a pair of sizes differs and neither is 1
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = Array.from<number>({ length: rank });
  for (let i = 1; i <= rank; i++) {
    const left = i <= a.length ? a[a.length - i]! : 1;
    const right = i <= b.length ? b[b.length - i]! : 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        `${operation}: expected shapes that broadcast, got ${formatShape(a)} and ${formatShape(b)}; ` +
          `axis ${-i} has sizes ${left} and ${right}, and neither is 1`,
      );
    }
    result[rank - i] = left === 1 ? right : left;
  }
  return result;
}

/** Returns the strides that read a tensor of `shape` and `strides` as if it had shape `target`: 0 where it stretches. */
export function broadcastStrides(
  shape: Shape,
  strides: readonly number[],
  target: Shape,
): readonly number[] {
  if (sameShape(shape, target)) return strides;
  const missing = target.length - shape.length;
  const result = Array.from<number>({ length: target.length });
  for (let i = 0; i < target.length; i++) {
    const from = i - missing;
    result[i] = from < 0 || (shape[from] === 1 && target[i] !== 1) ? 0 : strides[from]!;
  }
  return result;
}

/** Returns the axes of `target` along which a tensor of `shape` stretches, in order. */
export function broadcastAxes(shape: Shape, target: Shape): number[] {
  const missing = target.length - shape.length;
  const axes: number[] = [];
  for (let i = 0; i < target.length; i++) {
    if (i < missing || (shape[i - missing] === 1 && target[i] !== 1)) axes.push(i);
  }
  return axes;
}

/** Tells whether a tensor of `shape` stretches to `target` without changing it. */
export function stretchesTo(shape: Shape, target: Shape): boolean {
  const missing = target.length - shape.length;
  return missing >= 0 && shape.every((size, i) => size === 1 || size === target[i + missing]);
}
