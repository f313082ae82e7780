import { ArgumentError } from "../errors.ts";
import { Expr } from "../expression/node.ts";
import type { Tensor } from "../tensor.ts";
import { ElementwiseOperation } from "./elementwise-operation.ts";
import type { TensorLike } from "./operand.ts";

/**
 * Returns a fused elementwise operation of your own: one kernel on every backend, gradient included.
 *
 * @param build - receives one expression an operand and returns what is computed of them; it runs once
 * @returns an operation on tensors, numbers and nested arrays that broadcast
 * @throws {@link ArgumentError} if `build` takes no operand or does not return an expression
 *
 * @example
 * const swish = elementwise((x, beta) => x.mul(x.mul(beta).sigmoid()));
 * swish(tensor([0, 1000]), 1).toString(); // => [ 0, 1000]
 */
export function elementwise(
  build: (...operands: Expr[]) => Expr,
): (...operands: TensorLike[]) => Tensor {
  const name = build.name === "" ? "elementwise" : build.name;
  if (build.length === 0) {
    throw new ArgumentError(
      `${name}: build: expected a function of at least one operand, got one of none; name each operand`,
    );
  }
  const operation = new ElementwiseOperation(
    name,
    (...operands) => {
      const result: unknown = build(...operands);
      if (result instanceof Expr) return result;
      throw new ArgumentError(
        `${name}: build: expected it to return an expression, got ${typeof result}; chain methods like x.mul(y)`,
      );
    },
    build.length,
  );
  return (...operands) => {
    if (operands.length === build.length) return operation.apply(operands);
    throw new ArgumentError(`${name}: expected ${build.length} operands, got ${operands.length}`);
  };
}
