import { ArgumentError } from "../errors.ts";
import type { Expr } from "../expression/node.ts";
import type { Tensor } from "../tensor.ts";
import { ElementwiseOperation } from "./elementwise-operation.ts";

/** Activations that products, convolutions and layers take by name. */
export type ActivationName =
  | "relu"
  | "relu6"
  | "elu"
  | "selu"
  | "gelu"
  | "silu"
  | "softplus"
  | "sigmoid"
  | "hardSigmoid"
  | "hardSwish"
  | "mish"
  | "tanh";

// Klambauer et al. 2017: the fixed point of mean 0 and variance 1.
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/** Made of branches that are smooth at 0, as softplus is, so that derivatives of any order are right there. */
const softplusOf = (x: Expr): Expr => {
  const isPositive = x.greater(0);
  return isPositive.where(x, 0).add(isPositive.where(x.neg(), x).exp().log1p());
};
/** 0 where x is positive, else x: keeps exp from overflowing where its branch is not taken. NaN stays. */
const belowZero = (x: Expr): Expr => x.greater(0).where(0, x);
const shiftedSixth = (x: Expr): Expr => x.div(6).add(0.5);

/** The expression of each activation. */
export const activationExpressions: Readonly<Record<ActivationName, (x: Expr) => Expr>> = {
  relu: (x) => x.relu(),
  relu6: (x) => x.lessEqual(0).where(0, x.greaterEqual(6).where(6, x)),
  elu: (x) => x.greater(0).where(x, belowZero(x).expm1()),
  selu: (x) => x.greater(0).where(x, belowZero(x).expm1().mul(seluAlpha)).mul(seluScale),
  gelu: (x) => x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5),
  silu: (x) => x.mul(x.sigmoid()),
  softplus: softplusOf,
  sigmoid: (x) => x.sigmoid(),
  // Slope 0 at the bounds, as in PyTorch; hardSwish has its middle formula there.
  hardSigmoid: (x) => {
    const y = shiftedSixth(x);
    return y.lessEqual(0).where(0, y.greaterEqual(1).where(1, y));
  },
  hardSwish: (x) => x.mul(shiftedSixth(x).clip(0, 1)),
  mish: (x) => x.mul(softplusOf(x).tanh()),
  tanh: (x) => x.tanh(),
};

const operations = new Map<ActivationName, ElementwiseOperation>();

/** Returns the activation `name` of `x`. */
export function activate(x: Tensor, name: ActivationName): Tensor {
  let operation = operations.get(name);
  if (operation === undefined) {
    operation = new ElementwiseOperation(
      name,
      activationExpressions[checkActivation("activation", name)],
    );
    operations.set(name, operation);
  }
  return operation.unary(x);
}

/** Throws {@link ArgumentError} unless `name` names an activation; returns it. */
export function checkActivation(operation: string, name: string): ActivationName {
  if (Object.hasOwn(activationExpressions, name)) return name as ActivationName;
  throw new ArgumentError(
    `${operation}: activation: expected one of ${Object.keys(activationExpressions).join(", ")}, got "${name}"`,
  );
}
