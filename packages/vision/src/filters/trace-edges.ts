// Canny's second half: from derivatives to edges one pixel wide, and along them from strong pixels to weak ones.
import type { HostArray, WasmArray, WasmPlan } from "@tensorloom/tensor";

/** What counts as an edge. */
interface Thresholds {
  readonly low: number;
  readonly high: number;
  /** Whether slopes are squares of lengths. */
  readonly isSquare: boolean;
}

/** Directions are told apart at 22.5 and 67.5 degrees. */
export const tangent22: number = Math.SQRT2 - 1;
/** See {@link tangent22}. */
export const tangent67: number = Math.SQRT2 + 1;

const weak = 1;
const strong = 255;

/** Fills `out`, `[batch, height, width, 1]`, from derivatives `[batch, height, width, channels]`. */
export function traceEdges(dx: HostArray, dy: HostArray, out: HostArray, limits: Thresholds): void {
  const [batch, height, width, channels] = dx.shape as readonly [number, number, number, number];
  const pixels = height * width;
  // A frame of no slope around: no neighbour needs a check.
  const step = width + 2;
  const slopes = new Float32Array((height + 2) * step);
  const marks = new Uint8Array(slopes.length);
  const across = channels === 1 ? dx.data : new Float32Array(pixels);
  const down = channels === 1 ? dy.data : new Float32Array(pixels);
  const stack = new Int32Array(pixels);
  for (let image = 0; image < batch; image++) {
    const first = image * pixels;
    const base = channels === 1 ? first : 0;
    for (let row = 0, i = 0; row < height; row++) {
      for (let to = (row + 1) * step + 1, end = to + width; to < end; to++, i++) {
        let most = -1;
        for (let c = 0; c < channels; c++) {
          const x = dx.data[(first + i) * channels + c]!;
          const y = dy.data[(first + i) * channels + c]!;
          const slope = limits.isSquare ? x * x + y * y : Math.abs(x) + Math.abs(y);
          if (slope <= most) continue;
          most = slope;
          if (channels === 1) continue;
          across[i] = x;
          down[i] = y;
        }
        slopes[to] = most;
      }
    }
    let waiting = 0;
    marks.fill(0);
    for (let row = 0, i = base; row < height; row++) {
      for (let at = (row + 1) * step + 1, end = at + width; at < end; at++, i++) {
        const slope = slopes[at]!;
        if (slope <= limits.low || !isRidge(slopes, at, step, across[i]!, down[i]!)) continue;
        if (slope > limits.high) {
          marks[at] = strong;
          stack[waiting++] = at;
        } else marks[at] = weak;
      }
    }
    while (waiting > 0) {
      const at = stack[--waiting]!;
      for (let rows = -step; rows <= step; rows += step) {
        for (let other = at + rows - 1; other <= at + rows + 1; other++) {
          if (marks[other] !== weak) continue;
          marks[other] = strong;
          stack[waiting++] = other;
        }
      }
    }
    for (let row = 0; row < height; row++) {
      const from = (row + 1) * step + 1;
      const line = marks.subarray(from, from + width);
      for (let i = 0; i < width; i++)
        out.data[first + row * width + i] = line[i] === strong ? 255 : 0;
    }
  }
}

/** The same in WebAssembly, a call an image. */
export function planEdges(
  [dx, dy]: readonly WasmArray[],
  [out]: readonly WasmArray[],
  [low, high, isSquare]: readonly number[],
): WasmPlan | undefined {
  if (dx!.dtype === "float64") return undefined;
  const [batch, height, width, channels] = dx!.shape as readonly [number, number, number, number];
  const pixels = height * width;
  const calls = Array.from({ length: batch }, (_, image) => {
    const from = 4 * image * pixels * channels;
    const sources = [dx!.address + from, dy!.address + from, out!.address + image * pixels];
    return sources.concat([height, width, channels, low!, high!, isSquare!]);
  });
  const framed = (height + 2) * (width + 2);
  return {
    run: "edges",
    calls,
    workspace: 5 * (framed + 32) + 4 * pixels * (channels > 1 ? 3 : 1),
  };
}

/** Whether the slope is steepest across the edge; of two that are equal, the left or upper one counts. */
function isRidge(slopes: Float32Array, at: number, step: number, x: number, y: number): boolean {
  const slope = slopes[at]!;
  const [flat, steep] = [Math.abs(x), Math.abs(y)];
  if (steep < flat * tangent22) return slope > slopes[at - 1]! && slope >= slopes[at + 1]!;
  if (steep > flat * tangent67) return slope > slopes[at - step]! && slope >= slopes[at + step]!;
  const side = x < 0 !== y < 0 ? -1 : 1;
  return slope > slopes[at - step - side]! && slope > slopes[at + step + side]!;
}
