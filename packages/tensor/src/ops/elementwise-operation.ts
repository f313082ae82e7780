import type { DType } from "../dtype.ts";
import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { substitute } from "../expression/substitute.ts";
import { Tensor } from "../tensor.ts";
import { mapExpression } from "./map-and-reduce.ts";
import { makeTensor, toTensor, type TensorLike } from "./operand.ts";

/**
 * An elementwise operation of some operands, any of which may be plain numbers: they become scalar parameters of the
 * kernel, so that `x.mul(0.1)` and `x.mul(0.2)` are one kernel and no tensor is made of the number.
 */
export class ElementwiseOperation {
  readonly #name: string;
  readonly #expression: Expression;
  /** By a number whose base-3 digits say what each operand is: a tensor, a number that int32 holds, or another one. */
  readonly #variants = new Map<number, Expression>();

  /**
   * @param name - for messages
   * @param build - the expression of the operands
   * @param count - how many operands there are
   */
  constructor(name: string, build: (...operands: Expr[]) => Expr, count: number = build.length) {
    this.#name = name;
    const operands = Array.from({ length: count }, (_, i) => Expr.input(i));
    this.#expression = new Expression([build(...operands)], count);
  }

  /** Returns the operation on one operand. */
  unary(x: TensorLike, dtype?: DType): Tensor {
    const operand = x instanceof Tensor ? x : toTensor(this.#name, x);
    return mapExpression(this.#name, this.#expression, [operand], { dtype });
  }

  /** Returns the operation on two or more operands. */
  apply(operands: readonly TensorLike[], dtype?: DType): Tensor {
    const tensors: Tensor[] = [];
    const numbers: number[] = [];
    let variant = 0;
    for (const operand of operands) {
      variant *= 3;
      if (operand instanceof Tensor) {
        tensors.push(operand);
      } else if (typeof operand === "number") {
        numbers.push(operand);
        variant += isSmallInteger(operand) ? 1 : 2;
      } else {
        const beside = operands.find((other) => other instanceof Tensor);
        tensors.push(toTensor(this.#name, operand, beside));
      }
    }
    if (tensors.length === 0) {
      const made = operands.map((operand) =>
        makeTensor(this.#name, operand as number, [], "float32"),
      );
      return mapExpression(this.#name, this.#expression, made, { dtype });
    }
    if (variant === 0) return mapExpression(this.#name, this.#expression, tensors, { dtype });
    return mapExpression(this.#name, this.#variant(variant, operands.length), tensors, {
      parameters: numbers,
      dtype,
    });
  }

  #variant(variant: number, count: number): Expression {
    let expression = this.#variants.get(variant);
    if (expression === undefined) {
      expression = this.#makeVariant(variant, count);
      this.#variants.set(variant, expression);
    }
    return expression;
  }

  #makeVariant(variant: number, count: number): Expression {
    const leaves: Expr[] = [];
    let inputs = 0;
    let parameters = 0;
    for (let i = 0; i < count; i++) {
      const digit = Math.trunc(variant / 3 ** (count - 1 - i)) % 3;
      if (digit === 0) leaves.push(Expr.input(inputs++));
      else leaves.push(Expr.parameter(parameters++, digit === 2));
    }
    const roots = substitute(this.#expression.roots, (node) =>
      node.kind === "input" ? leaves[node.value] : undefined,
    );
    return new Expression(roots, inputs, parameters);
  }
}

/** Tells whether an integer tensor can take the number as it is; beside any other, integers compute as float32. */
function isSmallInteger(x: number): boolean {
  return Number.isInteger(x) && Math.abs(x) < 2 ** 31;
}
