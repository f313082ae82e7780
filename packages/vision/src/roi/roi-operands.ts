import { ArgumentError, ShapeError, type Tensor } from "@tensorloom/tensor";

/** What {@link roiAlign} and {@link roiPool} take. */
export interface RoiOptions {
  /** Bins of each region, one number or [height, width]. */
  readonly outputSize: number | readonly [height: number, width: number];
  /** Cells of the feature map a pixel of the boxes: 1 / 16 for a map sixteen times smaller; 1 by default. */
  readonly spatialScale?: number;
}

/** Features and regions, checked. */
export interface RoiOperands {
  /** `[pictures, height, width, channels]`. */
  readonly features: Tensor;
  /** `[regions, 5]`, as [picture, x1, y1, x2, y2]. */
  readonly regions: Tensor;
  readonly outputSize: readonly [height: number, width: number];
  readonly spatialScale: number;
}

/** Checks what region operations take. */
export function roiOperands(
  operation: string,
  x: Tensor,
  boxes: Tensor,
  options: RoiOptions,
): RoiOperands {
  const { outputSize, spatialScale = 1 } = options;
  if (x.rank !== 4 || x.size === 0) {
    throw new ShapeError(
      `${operation}: x: expected [pictures, height, width, channels], none of them 0, got [${x.shape.join(", ")}]`,
    );
  }
  const columns = boxes.shape[1];
  if (boxes.rank !== 2 || (columns !== 5 && !(columns === 4 && x.shape[0] === 1))) {
    throw new ShapeError(
      `${operation}: boxes: expected [n, 5], as [picture, x1, y1, x2, y2], or [n, 4] for a single picture, ` +
        `got [${boxes.shape.join(", ")}] for x [${x.shape.join(", ")}]`,
    );
  }
  const size = typeof outputSize === "number" ? ([outputSize, outputSize] as const) : outputSize;
  if (!size.every((n) => Number.isInteger(n) && n > 0)) {
    throw new ArgumentError(
      `${operation}: outputSize: expected positive whole numbers, got [${size.join(", ")}]`,
    );
  }
  if (!(spatialScale > 0 && spatialScale < Infinity)) {
    throw new ArgumentError(
      `${operation}: spatialScale: expected a positive number, got ${spatialScale}`,
    );
  }
  return {
    features: x.dtype === "float64" ? x : x.astype("float32"),
    regions: boxes.astype("float32").pad(columns === 4 ? [[0, 0], [1, 0]] : [[0, 0], [0, 0]]), // prettier-ignore
    outputSize: size,
    spatialScale,
  };
}
