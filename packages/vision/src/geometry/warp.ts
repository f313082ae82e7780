import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { onImages } from "../image/images.ts";
import { sizeOf, type ImageSize } from "./size.ts";
import { warp, type Matrix3 } from "./warp-kernel.ts";

/** What warps take beside the matrix. */
export interface WarpOptions extends BorderOptions {
  /** The result's size; that of `x` by default. */
  readonly size?: ImageSize;
  /** `"bilinear"` by default. */
  readonly interpolation?: "nearest" | "bilinear";
  /** Whether the matrix leads from the result to the input; by default it leads from the input to the result. */
  readonly isInverse?: boolean;
}

/** What {@link rotate} takes beside the angle. */
export interface RotateOptions extends BorderOptions {
  /** Whether the result is as large as the whole turned picture; false by default. */
  readonly expand?: boolean;
  /** `"bilinear"` by default. */
  readonly interpolation?: "nearest" | "bilinear";
}

/**
 * Returns images under an affine map.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param matrix - `[[a, b, c], [d, e, f]]`: pixel (x, y) of `x` goes to (a x + b y + c, d x + e y + f)
 * @param options - size, interpolation, whether the matrix is the inverse, border (`"constant"` by default)
 * @returns images of that size, of the dtype of `x`
 * @throws `ShapeError` for another rank; `ArgumentError` for a matrix of another shape, or that has no inverse
 *
 * Gradient: to a float `x`. Source: OpenCV's warpAffine, but places are not rounded to 1/32 of a pixel.
 *
 * @example
 * warpAffine(tensor([[[1], [3]]]), [[1, 0, 0.5], [0, 1, 0]]).toString(); // => [[[0.5], [2.0]]]
 */
export function warpAffine(
  x: Tensor,
  matrix: readonly (readonly number[])[],
  options: WarpOptions = {},
): Tensor {
  const given = matrixOf("warpAffine", matrix, 2);
  return warpBy("warpAffine", x, [...given, 0, 0, 1] as unknown as Matrix3, options);
}

/**
 * Returns images under a perspective map.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param matrix - three rows of three: pixel (x, y) of `x` goes to its product with (x, y, 1), divided by the third
 * @param options - size, interpolation, whether the matrix is the inverse, border (`"constant"` by default)
 * @returns images of that size, of the dtype of `x`
 * @throws `ShapeError` for another rank; `ArgumentError` for a matrix of another shape, or that has no inverse
 *
 * Gradient: to a float `x`. Source: OpenCV's warpPerspective, but places are not rounded to 1/32 of a pixel.
 *
 * @example
 * warpPerspective(tensor([[[1], [3]]]), [[1, 0, 0], [0, 1, 0], [0, 0, 1]]).toString(); // => [[[1], [3]]]
 */
export function warpPerspective(
  x: Tensor,
  matrix: readonly (readonly number[])[],
  options: WarpOptions = {},
): Tensor {
  const given = matrixOf("warpPerspective", matrix, 3);
  return warpBy("warpPerspective", x, given as unknown as Matrix3, options);
}

/**
 * Returns images turned around their middle.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param angle - in degrees, counterclockwise
 * @param options - whether to expand, interpolation, border (`"constant"` by default)
 * @returns images of the size of `x`, or larger with `expand`; of its dtype
 * @throws `ShapeError` for another rank; `ArgumentError` for an angle that is not finite
 *
 * Gradient: to a float `x`.
 *
 * @example
 * rotate(tensor([[[1], [2]]]), 90, { expand: true }).toString(); // => [[[2]], [[1]]]
 */
export function rotate(x: Tensor, angle: number, options: RotateOptions = {}): Tensor {
  if (!Number.isFinite(angle)) {
    throw new ArgumentError(`rotate: angle: expected a number of degrees, got ${angle}`);
  }
  const [height, width] = x.shape.slice(-3) as [number, number];
  const { matrix, size } = rotationMatrix(height, width, angle, options.expand === true);
  return warpBy("rotate", x, matrix, { ...options, size });
}

/** Returns the map of a rotation around the middle of an image, and the result's size. */
export function rotationMatrix(
  height: number,
  width: number,
  angle: number,
  isExpanded: boolean,
): { readonly matrix: Matrix3; readonly size: readonly [number, number] } {
  const radians = (angle * Math.PI) / 180;
  // Quarter turns are exact.
  const isQuarter = angle % 90 === 0;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)].map((v) =>
    isQuarter ? Math.round(v) : v,
  ) as [number, number];
  const reach = (a: number, b: number): number =>
    isExpanded ? Math.ceil(Math.abs(a * cos) + Math.abs(b * sin) - 1e-6) : a;
  const size = [reach(height, width), reach(width, height)] as const;
  const [fromX, fromY] = [(width - 1) / 2, (height - 1) / 2];
  const [toX, toY] = [(size[1] - 1) / 2, (size[0] - 1) / 2];
  const matrix: Matrix3 = [
    ...[cos, sin, toX - cos * fromX - sin * fromY],
    ...[-sin, cos, toY + sin * fromX - cos * fromY],
    ...[0, 0, 1],
  ] as unknown as Matrix3;
  return { matrix, size };
}

function matrixOf(
  operation: string,
  matrix: readonly (readonly number[])[],
  rows: number,
): readonly number[] {
  const isLegal =
    matrix.length === rows &&
    matrix.every((row) => row.length === 3 && row.every((value) => Number.isFinite(value)));
  if (isLegal) return matrix.flat();
  throw new ArgumentError(
    `${operation}: matrix: expected ${rows} rows of 3 finite numbers, got ${JSON.stringify(matrix)}`,
  );
}

function warpBy(operation: string, x: Tensor, matrix: Matrix3, options: WarpOptions): Tensor {
  const { interpolation = "bilinear", isInverse = false } = options;
  if (interpolation !== "nearest" && interpolation !== "bilinear") {
    throw new ArgumentError(
      `${operation}: interpolation: expected nearest or bilinear, got ${String(interpolation)}`,
    );
  }
  const { border, value } = borderOf(operation, { border: "constant", ...options });
  const inverse = isInverse ? matrix : inverseOf(operation, matrix);
  return onImages(operation, x, ({ batch, height, width }) =>
    warp(batch, {
      inverse,
      size: sizeOf(operation, options.size ?? [height, width]),
      isNearest: interpolation === "nearest",
      border,
      value,
    }),
  );
}

/** The inverse of a 3 by 3 matrix, by cofactors. */
function inverseOf(operation: string, [a, b, c, d, e, f, g, h, i]: Matrix3): Matrix3 {
  const cofactors = [
    ...[e * i - f * h, c * h - b * i, b * f - c * e],
    ...[f * g - d * i, a * i - c * g, c * d - a * f],
    ...[d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  const determinant = a * cofactors[0]! + b * cofactors[3]! + c * cofactors[6]!;
  if (!(Math.abs(determinant) > 1e-300)) {
    throw new ArgumentError(
      `${operation}: matrix: expected one that has an inverse, got one of determinant ${determinant}`,
    );
  }
  return cofactors.map((cofactor) => cofactor / determinant) as unknown as Matrix3;
}
