import { ArgumentError } from "../errors.ts";
import { expression, type Expression } from "../expression/expression.ts";
import { tidy } from "../scope.ts";
import { normalizeAxes, type Axis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { abs } from "./elementwise-unary.ts";
import { inDType } from "./elementwise-ternary.ts";
import { mapExpression, reduceExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { floatDType } from "./accumulation.ts";
import { max, min, root, type ReductionOptions } from "./reduction.ts";

/** What {@link norm} takes beside the axes. */
export interface NormOptions extends ReductionOptions {
  /** 2 (Euclidean) by default; 1, Infinity, -Infinity, 0 (how many are not zero), or any other power. */
  readonly ord?: number;
}

const square = expression((x) => x.square());
const magnitude = expression((x) => x.abs());
const isNotZero = expression((x) => x.notEqual(0).cast("float32"));
// The inner choices keep infinite slopes at 0 out of the gradient, which is 0 there, as in PyTorch.
const power = expression(
  (x, p, atZero) => x.equal(0).where(atZero, x.equal(0).where(1, x).abs().pow(p)),
  2,
);
const powerRoot = expression(
  (x, inverse) => x.equal(0).where(0, x.equal(0).where(1, x).pow(inverse)),
  1,
);

/**
 * Returns the vector norm over axes: `sum(|x|^ord)^(1/ord)`. Over both axes of a matrix, the default is its Frobenius
 * norm; the nuclear (trace) norm is `svd(x).s.sum()`.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `ord`, `keepDims`
 * @returns dtype of `x`; float32 for integers and bools
 * @throws {@link ArgumentError} if `ord` is NaN
 *
 * Source: array API 2024.12, `linalg.vector_norm`.
 *
 * @example
 * norm(tensor([3, 4])).item(); // => 5
 * norm(tensor([[3, -4], [0, 0]]), 1, { ord: 1 }).toString(); // => [7, 0]
 */
export function norm(x: TensorLike, axis?: Axis, options: NormOptions = {}): Tensor {
  return tidy(() => {
    const { ord = 2 } = options;
    if (typeof ord !== "number" || Number.isNaN(ord)) {
      throw new ArgumentError(`norm: ord: expected a number, got ${String(ord)}; try 2`);
    }
    const given = toTensor("norm", x);
    const input = inDType(given, floatDType(given.dtype));
    const axes = normalizeAxes("norm", axis, input.rank);
    if (ord === Infinity) return max(abs(input), axes, options);
    if (ord === -Infinity) return min(abs(input), axes, options);
    const dropAxes = options.keepDims === true ? [] : axes;
    const { dtype } = input;
    const total = (f: Expression, parameters: readonly number[] = []): Tensor =>
      axes.length === 0
        ? mapExpression("norm", f, [input], { parameters, dtype })
        : reduceExpression("norm", "sum", f, [input], {
            axes,
            dropAxes,
            parameters,
            sourceDType: dtype,
          });
    if (ord === 0) return total(isNotZero);
    if (ord === 1) return total(magnitude);
    if (ord === 2) return mapExpression("norm", root, [total(square)]);
    return mapExpression("norm", powerRoot, [total(power, [ord, 0 ** ord])], {
      parameters: [1 / ord],
      dtype,
    });
  });
}
