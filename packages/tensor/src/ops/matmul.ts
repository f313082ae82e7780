import { tidy } from "../scope.ts";
import { activeTapes, record } from "../autograd/tape.ts";
import { dispatch } from "../backend/dispatch.ts";
import { broadcastShapes, stretchesTo } from "../broadcast.ts";
import { promoteTypes } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../shape.ts";
import { allocateTensor, type Tensor } from "../tensor.ts";
import { activate, checkActivation, type ActivationName } from "./activation-expressions.ts";
import { mul } from "./elementwise-binary.ts";
import { inDType } from "./elementwise-ternary.ts";
import { linearEpilogue } from "./epilogue.ts";
import { broadcastView } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { backendOf, placedOn } from "./placement.ts";
import { expandDims, squeeze, sumTo, swapAxes } from "./views.ts";

/**
 * Multiplies matrices, broadcasting over leading axes. A vector on the left is a row, on the right a column, and its
 * axis is dropped from the result.
 *
 * @param a - `[..., m, k]` or `[k]`
 * @param b - `[..., k, n]` or `[k]`
 * @returns `[..., m, n]` in the dtype to which both promote; bool and uint8 count as int32
 * @throws {@link ShapeError} if the inner sizes differ or the leading axes do not broadcast
 *
 * Gradient: to `a` and `b`, each again a product. Cost: one `gemm`; a transposed view costs no copy.
 * Source: array API 2024.12, `matmul`.
 *
 * @example
 * matmul(tensor([[1, 2]]), tensor([[3], [4]])).toString(); // => [[11]]
 */
export function matmul(a: TensorLike, b: TensorLike): Tensor {
  return tidy(() => {
    const left = toTensor("matmul", a, b);
    const right = toTensor("matmul", b, a);
    if (left.rank === 0 || right.rank === 0) {
      throw new ShapeError(
        `matmul: expected vectors or matrices, got ${formatShape(left.shape)} and ${formatShape(right.shape)}; try mul`,
      );
    }
    const rows = left.rank === 1 ? expandDims(left, 0) : left;
    const columns = right.rank === 1 ? expandDims(right, 1) : right;
    const product = multiply("matmul", rows, columns);
    const dropped = [...(left.rank === 1 ? [-2] : []), ...(right.rank === 1 ? [-1] : [])];
    return dropped.length === 0 ? product : squeeze(product, dropped);
  });
}

/** What {@link gemm} takes beside the matrices. */
export interface GemmOptions {
  /** Whether the last two axes of `a` are exchanged; costs no copy. */
  readonly transposeA?: boolean;
  /** Whether the last two axes of `b` are exchanged; costs no copy. */
  readonly transposeB?: boolean;
  /** Scales the product; 1 by default. */
  readonly alpha?: number;
  /** Scales `c`; 1 by default. */
  readonly beta?: number;
  /** Added to the product; a shape that broadcasts to it. */
  readonly c?: TensorLike;
  /** Added to the product, along its last axis; `[n]`. */
  readonly bias?: TensorLike;
  /** Applied at the end. */
  readonly activation?: ActivationName;
}

/**
 * Returns `activation(alpha · op(a) · op(b) + beta · c + bias)`, all in one kernel.
 *
 * @param a - `[..., m, k]`, or `[..., k, m]` with `transposeA`
 * @param b - `[..., k, n]`, or `[..., n, k]` with `transposeB`
 * @param options - transposes, scales, addends, activation
 * @returns `[..., m, n]`
 * @throws {@link ShapeError} if shapes do not fit
 *
 * @example
 * gemm(tensor([[1, 2]]), tensor([[3, 4]]), { transposeB: true, bias: tensor([-20]), activation: "relu" }).item(); // => 0
 */
export function gemm(a: TensorLike, b: TensorLike, options: GemmOptions = {}): Tensor {
  return tidy(() => {
    const left = matrix("a", toTensor("gemm", a, b), options.transposeA);
    const right = matrix("b", toTensor("gemm", b, a), options.transposeB);
    const { alpha = 1, beta = 1, c, bias, activation } = options;
    if (activation !== undefined) checkActivation("gemm", activation);
    const addends: Addend[] = [];
    if (c !== undefined)
      addends.push({ name: "c", tensor: toTensor("gemm", c, left), scale: beta });
    if (bias !== undefined)
      addends.push({ name: "bias", tensor: toTensor("gemm", bias, left), scale: 1 });
    return multiply("gemm", left, right, { alpha, addends, activation });
  });
}

interface Addend {
  readonly name: string;
  readonly tensor: Tensor;
  readonly scale: number;
}

interface Finish {
  readonly alpha: number;
  readonly addends: readonly Addend[];
  readonly activation: ActivationName | undefined;
}

function matrix(name: string, tensor: Tensor, isTransposed = false): Tensor {
  if (tensor.rank < 2) {
    throw new ShapeError(
      `gemm: ${name}: expected a matrix [..., rows, columns], got ${formatShape(tensor.shape)}; try expandDims`,
    );
  }
  return isTransposed ? swapAxes(tensor, -1, -2) : tensor;
}

/** Multiplies two stacks of matrices, and finishes each element as asked. */
function multiply(operation: string, a: Tensor, b: Tensor, finish: Finish = plain): Tensor {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const [inner, n] = b.shape.slice(-2) as [number, number];
  if (k !== inner) {
    throw new ShapeError(
      `${operation}: b: expected shape [..., ${k}, n] to match a ${formatShape(a.shape)}, ` +
        `got ${formatShape(b.shape)}; try transposing one`,
    );
  }
  const promoted = promoteTypes(a.dtype, b.dtype);
  const dtype = promoted === "bool" || promoted === "uint8" ? "int32" : promoted;
  const batch = broadcastShapes(operation, a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, m, n];
  checkAddends(operation, finish.addends, shape);
  const left = inDType(a, dtype);
  const right = inDType(b, dtype);
  const addends = finish.addends.map(({ tensor }) => tensor);
  const inputs = [left, right, ...addends];
  const backend = backendOf(operation, inputs);
  const output = allocateTensor(backend, dtype, shape);
  // A recorded activation is an operation of its own: its gradient needs what enters it.
  const isRecorded = activeTapes().length > 0;
  const fused = isRecorded ? undefined : finish.activation;
  if (output.size > 0) {
    dispatch(backend, "gemm", {
      a: broadcastView(placedOn(backend, left), [...batch, m, k]),
      b: broadcastView(placedOn(backend, right), [...batch, k, n]),
      output,
      epilogue: linearEpilogue({
        alpha: finish.alpha,
        scales: finish.addends.map(({ scale }) => scale),
        inputs: addends.map((addend) => broadcastView(placedOn(backend, addend), shape)),
        activation: fused,
      }),
    });
  }
  record(operation, inputs, output, (gradient, saved, _, needs) => {
    const [x, y] = saved as readonly [Tensor, Tensor];
    const { alpha } = finish;
    return [
      needs[0] === true
        ? sumTo(productLike(x, gradient, swapAxes(y, -1, -2), scaledBy(alpha)), x.shape)
        : undefined,
      needs[1] === true
        ? sumTo(productLike(y, swapAxes(x, -1, -2), gradient, scaledBy(alpha)), y.shape)
        : undefined,
      ...finish.addends.map(({ tensor, scale }, i) =>
        needs[i + 2] === true
          ? inDType(
              sumTo(scale === 1 ? gradient : mul(gradient, scale), tensor.shape),
              tensor.dtype,
            )
          : undefined,
      ),
    ];
  });
  return isRecorded && finish.activation !== undefined
    ? activate(output, finish.activation)
    : output;
}

/**
 * Returns `a · b` laid out as `model` is: the gradient of a transposed view is computed transposed, so that what it is a
 * view of gets a contiguous one.
 */
function productLike(model: Tensor, a: Tensor, b: Tensor, finish: Finish): Tensor {
  const [row, column] = model.strides.slice(-2) as [number, number];
  if (row !== 1 || column === 1) return multiply("matmul", a, b, finish);
  const turned = multiply("matmul", swapAxes(b, -1, -2), swapAxes(a, -1, -2), finish);
  return swapAxes(turned, -1, -2);
}

const plain: Finish = { alpha: 1, addends: [], activation: undefined };

function scaledBy(alpha: number): Finish {
  return alpha === 1 ? plain : { ...plain, alpha };
}

function checkAddends(operation: string, addends: readonly Addend[], shape: Shape): void {
  for (const { name, tensor } of addends) {
    if (stretchesTo(tensor.shape, shape)) continue;
    throw new ShapeError(
      `${operation}: ${name}: expected a shape that broadcasts to ${formatShape(shape)}, ` +
        `got ${formatShape(tensor.shape)}`,
    );
  }
}
