import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import type { BorderOptions } from "../image/border.ts";
import { filter2d } from "./filter2d.ts";
import { oddSize } from "./kernel-size.ts";

/** What {@link motionBlur} takes. */
export interface MotionBlurOptions extends BorderOptions {
  /** The length of the streak in pixels, odd. */
  readonly kernelSize: number;
  /** Its direction in degrees, counterclockwise from the right; 0 by default. */
  readonly angle?: number;
}

/**
 * Returns images as a camera sees them that moves: the mean along a line through each pixel.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - the line's length and direction, border
 * @returns the shape and dtype of `x`
 * @throws `ShapeError` for another rank; `ArgumentError` for a length that is not odd
 *
 * The line has one element a step along its longer axis, spread over two neighbours across by distance. Gradient: to a
 * float `x`.
 *
 * @example
 * motionBlur(tensor([[[0], [3], [0]]]), { kernelSize: 3 }).toString(); // => [[[2], [1], [2]]]
 */
export function motionBlur(x: Tensor, options: MotionBlurOptions): Tensor {
  const { kernelSize, angle = 0, ...border } = options;
  const size = oddSize("motionBlur", kernelSize);
  if (!Number.isFinite(angle)) {
    throw new ArgumentError(`motionBlur: angle: expected a number of degrees, got ${angle}`);
  }
  return filter2d(x, lineKernel(size, angle), border);
}

function lineKernel(size: number, angle: number): number[][] {
  const middle = (size - 1) / 2;
  const [dx, dy] = [Math.cos((angle * Math.PI) / 180), -Math.sin((angle * Math.PI) / 180)];
  const isFlat = Math.abs(dx) >= Math.abs(dy);
  const slope = isFlat ? dy / dx : dx / dy;
  const rows = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let along = -middle; along <= middle; along++) {
    const across = along * slope;
    const near = Math.floor(across);
    for (const [place, weight] of [
      [near, 1 - (across - near)],
      [near + 1, across - near],
    ] as const) {
      if (weight < 1e-9) continue;
      const [row, column] = isFlat ? [place, along] : [along, place];
      rows[row + middle]![column + middle]! += weight / size;
    }
  }
  // What is all zero around the line costs nothing: filter2d leaves it out.
  return rows;
}
