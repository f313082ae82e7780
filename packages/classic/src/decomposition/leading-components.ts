import { gemm, tensor, type Tensor } from "@tensorloom/tensor";
import { jacobiSvd, matrixOf, symmetricEigen, type Matrix } from "@tensorloom/tensor/linalg";
import { centredRows } from "../centred-rows.ts";
import type { SampleMatrix } from "../inputs.ts";
import type { RandomStream } from "../random/random-stream.ts";

/** How leading components are found. */
export type SvdSolver = "full" | "covariance" | "randomized";

/** The leading part of the singular value decomposition of samples without a mean. */
export interface LeadingComponents {
  /** `[count, features]`: right singular vectors, by falling singular value. */
  readonly components: Float64Array;
  /** `[count]`. */
  readonly singularValues: Float64Array;
  /** `[samples, count]`: left singular vectors times singular values, where each sample lies along the components. */
  readonly scores: Float64Array;
}

/** What {@link leadingComponents} takes. */
export interface LeadingComponentsOptions {
  readonly count: number;
  readonly solver: SvdSolver;
  /** randomized: how many more directions are followed than asked for. */
  readonly oversamples: number;
  /** randomized: how often the matrix and its transpose are applied. */
  readonly powerIterations: number;
  readonly stream: RandomStream;
}

/**
 * Resolves to the directions in which samples without `mean` reach farthest. Signs are such that each direction's largest
 * score is positive, as scikit-learn 1.2 has them.
 *
 * `"full"` is a singular value decomposition in float64. `"covariance"` takes the eigenvectors of XᵀX or XXᵀ, whichever is
 * smaller, and then those of the scores' own products, which makes up for what squaring lost. `"randomized"` does that in
 * the span of random combinations (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1). The last two multiply in
 * float32, with its precision.
 */
export async function leadingComponents(
  samples: SampleMatrix,
  mean: Float64Array,
  options: LeadingComponentsOptions,
): Promise<LeadingComponents> {
  const found =
    options.solver === "full"
      ? fullDecomposition(samples, mean, options.count)
      : await byProducts(samples, mean, options);
  flipSigns(found, options.count);
  return found;
}

function fullDecomposition(
  { data, rows, columns }: SampleMatrix,
  mean: Float64Array,
  count: number,
): LeadingComponents {
  const centred = data.map((x, i) => x - mean[i % columns]!);
  // The samples are finite, so it converges.
  const { u, s, vt } = jacobiSvd(matrixOf(rows, columns, centred), false)!;
  const scores = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < count; c++) scores[i * count + c] = u.data[i * u.columns + c]! * s[c]!;
  }
  const components = vt.data.slice(0, count * columns);
  return { components, singularValues: s.slice(0, count), scores };
}

async function byProducts(
  samples: SampleMatrix,
  mean: Float64Array,
  { solver, count, oversamples, powerIterations, stream }: LeadingComponentsOptions,
): Promise<LeadingComponents> {
  const { rows, columns } = samples;
  const x = tensor(centredRows(samples, mean, 0, rows, rows).centred, { shape: [rows, columns] });
  try {
    if (solver === "randomized") {
      const width = Math.min(count + oversamples, rows, columns);
      const basis = await randomBasis(x, width, powerIterations, stream);
      return await alongBasis(x, basis, width, count);
    }
    const isTall = columns <= rows;
    const products = await hostMatrix(gemm(x, x, isTall ? { transposeA: true } : { transposeB: true })); // prettier-ignore
    const leading = leadingEigenvectors(products, count);
    const basis = isTall
      ? leading
      : orthonormal(await applied(x, leading, count, true), columns, count);
    return await alongBasis(x, basis, count, count);
  } finally {
    x.dispose();
  }
}

/** Resolves to `[features, width]`, orthonormal columns that nearly span the leading components. */
async function randomBasis(
  x: Tensor,
  width: number,
  iterations: number,
  stream: RandomStream,
): Promise<Float64Array> {
  const [rows, columns] = x.shape as [number, number];
  let basis: Float64Array = Float64Array.from({ length: columns * width }, () => stream.normal());
  for (let i = 0; i <= iterations; i++) {
    const range = orthonormal(await applied(x, basis, width), rows, width);
    basis = orthonormal(await applied(x, range, width, true), columns, width);
  }
  return basis;
}

/**
 * Resolves to the leading components within the span of a basis `[features, width]`: the products of scores, `width` by
 * `width`, have the squared singular values.
 */
async function alongBasis(
  x: Tensor,
  basis: Float64Array,
  width: number,
  count: number,
): Promise<LeadingComponents> {
  const [rows, columns] = x.shape as [number, number];
  const scores = await applied(x, basis, width);
  const { values, vectors } = symmetricEigen(gram(scores, rows, width))!;
  // Eigenvalues rise, singular values fall.
  const singularValues = Float64Array.from({ length: count }, (_, c) =>
    Math.sqrt(Math.max(0, values[width - 1 - c]!)),
  );
  const along = turned(basis, columns, vectors, count);
  const components = new Float64Array(count * columns);
  for (let f = 0; f < columns; f++) {
    for (let c = 0; c < count; c++) components[c * columns + f] = along[f * count + c]!;
  }
  return { components, singularValues, scores: turned(scores, rows, vectors, count) };
}

/** Returns `a [rows, width]` times the last `count` columns of `vectors`, the last first. */
function turned(a: Float64Array, rows: number, vectors: Matrix, count: number): Float64Array {
  const width = vectors.columns;
  const result = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < count; c++) {
      let sum = 0;
      for (let w = 0; w < width; w++) {
        sum += a[i * width + w]! * vectors.data[w * width + width - 1 - c]!;
      }
      result[i * count + c] = sum;
    }
  }
  return result;
}

/** Returns the lower triangle of `aᵀ a`, of `a [rows, width]`, in float64. */
function gram(a: Float64Array, rows: number, width: number): Matrix {
  const result = matrixOf(width, width);
  const sums = result.data;
  for (let i = 0; i < rows; i++) {
    const from = i * width;
    for (let p = 0; p < width; p++) {
      const x = a[from + p]!;
      for (let q = 0; q <= p; q++) sums[p * width + q]! += x * a[from + q]!;
    }
  }
  return result;
}

/** Returns `[n, count]`: the eigenvectors of the largest eigenvalues, the largest first. */
function leadingEigenvectors(matrix: Matrix, count: number): Float64Array {
  const n = matrix.rows;
  const { vectors } = symmetricEigen(matrix)!;
  const leading = new Float64Array(n * count);
  for (let i = 0; i < n; i++) {
    for (let c = 0; c < count; c++) leading[i * count + c] = vectors.data[i * n + n - 1 - c]!;
  }
  return leading;
}

/** Resolves to `x · right`, or `xᵀ · right`, of float64 `[..., width]`, multiplied in float32. */
async function applied(
  x: Tensor,
  right: Float64Array,
  width: number,
  isTransposed = false,
): Promise<Float64Array> {
  const factor = tensor(new Float32Array(right), { shape: [right.length / width, width] });
  const product = await hostMatrix(gemm(x, factor, { transposeA: isTransposed }));
  factor.dispose();
  return product.data;
}

/** Resolves to a product as a matrix on the host, and frees it. */
async function hostMatrix(product: Tensor): Promise<Matrix> {
  const [rows, columns] = product.shape as [number, number];
  const elements = new Float64Array(await product.data());
  product.dispose();
  return matrixOf(rows, columns, elements);
}

/**
 * Makes the columns of `a [rows, width]` orthonormal in place: Gram and Schmidt's way, twice, which is enough (Giraud and
 * others 2005). Columns that depend on those before become zero.
 */
function orthonormal(a: Float64Array, rows: number, width: number): Float64Array {
  for (let column = 0; column < width; column++) {
    const before = lengthOf(a, rows, width, column);
    for (let round = 0; round < 2; round++) {
      for (let other = 0; other < column; other++) {
        let dot = 0;
        for (let i = 0; i < rows; i++) dot += a[i * width + column]! * a[i * width + other]!;
        for (let i = 0; i < rows; i++) a[i * width + column]! -= dot * a[i * width + other]!;
      }
    }
    const after = lengthOf(a, rows, width, column);
    // What float32's products leave of a column that depends on others is their rounding.
    const scale = after > before * 1e-6 ? 1 / after : 0;
    for (let i = 0; i < rows; i++) a[i * width + column]! *= scale;
  }
  return a;
}

function lengthOf(a: Float64Array, rows: number, width: number, column: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += a[i * width + column]! ** 2;
  return Math.sqrt(sum);
}

/** Turns directions so that the score that is largest in magnitude is positive. */
function flipSigns({ components, scores }: LeadingComponents, count: number): void {
  const features = components.length / count;
  for (let c = 0; c < count; c++) {
    let largest = 0;
    for (let i = c; i < scores.length; i += count) {
      if (Math.abs(scores[i]!) > Math.abs(largest)) largest = scores[i]!;
    }
    if (largest >= 0) continue;
    for (let i = c; i < scores.length; i += count) scores[i] = -scores[i]!;
    for (let f = c * features; f < (c + 1) * features; f++) components[f] = -components[f]!;
  }
}
