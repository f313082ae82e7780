import { isFloating, type DType } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { Expr } from "./node.ts";

/**
 * Returns the derivatives of `root` to each input, times `seed`, by one reverse sweep over the graph: subexpressions are
 * shared between them, and undefined stands for a derivative that is zero everywhere.
 *
 * Conventions: at a kink the derivative is that of PyTorch: `abs` has 0 at 0; equal operands of `minimum` and
 * `maximum` get half each; roundings, comparisons and logic are constant but for jumps, and have none.
 *
 * @param root - the expression
 * @param inputCount - how many inputs there are
 * @param seed - the derivative of the loss to `root`; often an input of its own
 *
 * @throws {@link UnsupportedError} for an operator that has no derivative, by name
 */
export function differentiate(root: Expr, inputCount: number, seed: Expr): (Expr | undefined)[] {
  const order: Expr[] = [];
  const seen = new Set<Expr>();
  const visit = (node: Expr): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.operands.forEach(visit);
    order.push(node);
  };
  visit(root);

  const adjoints = new Map<Expr, Expr>([[root, seed]]);
  const inputs: (Expr | undefined)[] = Array.from({ length: inputCount }, () => undefined);
  for (const node of order.toReversed()) {
    const adjoint = adjoints.get(node);
    if (adjoint === undefined) continue;
    if (node.kind === "input") {
      // The same input may stand in the graph as several leaves.
      inputs[node.value] = sum(inputs[node.value], adjoint);
      continue;
    }
    const parts = operandDerivatives(node, adjoint);
    node.operands.forEach((operand, i) => {
      const part = parts[i];
      if (part !== undefined) adjoints.set(operand, sum(adjoints.get(operand), part));
    });
  }
  return inputs;
}

const zero = Expr.constant(0);
const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

/** Returns `adjoint` times the derivative of `node` to each operand. */
function operandDerivatives(node: Expr, adjoint: Expr): (Expr | undefined)[] {
  const [x = zero, y = zero] = node.operands;
  switch (node.kind) {
    case "add":
      return [adjoint, adjoint];
    case "sub":
      return [adjoint, adjoint.neg()];
    case "mul":
      return [times(adjoint, y), times(adjoint, x)];
    case "div": {
      const first = adjoint.div(y);
      return [first, first.mul(node).neg()];
    }
    case "pow":
      return powDerivatives(x, y, node, adjoint);
    case "atan2": {
      const scaled = adjoint.div(x.mul(x).add(y.mul(y)));
      return [scaled.mul(y), scaled.mul(x).neg()];
    }
    case "remainder":
      return [adjoint, adjoint.mul(x.floorDivide(y)).neg()];
    case "minimum":
      return shareWinner(adjoint, x.less(y), x.equal(y));
    case "maximum":
      return shareWinner(adjoint, y.less(x), x.equal(y));
    case "where":
      return [undefined, x.where(adjoint, 0), x.where(0, adjoint)];
    case "cast":
      return [isFloating(node.type as DType) ? adjoint : undefined];
    case "neg":
      return [adjoint.neg()];
    case "abs":
      return [adjoint.mul(x.sign())];
    case "exp":
      return [adjoint.mul(node)];
    case "expm1":
      return [adjoint.mul(node.add(1))];
    case "log":
      return [adjoint.div(x)];
    case "log1p":
      return [adjoint.div(x.add(1))];
    case "sqrt":
      return [adjoint.div(node.mul(2))];
    case "sin":
      return [adjoint.mul(x.cos())];
    case "cos":
      return [adjoint.mul(x.sin()).neg()];
    case "tan":
      return [adjoint.mul(node.mul(node).add(1))];
    case "asin":
      return [adjoint.div(Expr.constant(1).sub(x.mul(x)).sqrt())];
    case "acos":
      return [adjoint.div(Expr.constant(1).sub(x.mul(x)).sqrt()).neg()];
    case "atan":
      return [adjoint.div(x.mul(x).add(1))];
    case "sinh":
      return [adjoint.mul(x.cosh())];
    case "cosh":
      return [adjoint.mul(x.sinh())];
    case "tanh":
      return [adjoint.mul(Expr.constant(1).sub(node.mul(node)))];
    case "sigmoid":
      return [adjoint.mul(node.mul(Expr.constant(1).sub(node)))];
    case "erf":
      return [adjoint.mul(x.mul(x).neg().exp().mul(twoOverSqrtPi))];
    case "sign":
    case "floor":
    case "ceil":
    case "round":
    case "trunc":
    case "floorDivide":
    case "equal":
    case "less":
    case "lessEqual":
    case "not":
    case "and":
    case "or":
    case "xor":
    case "parameter":
    case "constant":
    case "index":
      return [];
    default:
      throw new UnsupportedError(
        `gradient: ${node.kind}: has no derivative; stop the gradient before it with stopGradient`,
      );
  }
}

/** d(x^y) = y x^(y-1) dx + log(x) x^y dy, with the limits that keep 0^y free of NaN. */
function powDerivatives(x: Expr, y: Expr, node: Expr, adjoint: Expr): (Expr | undefined)[] {
  if (y.kind === "constant") {
    // The formula below would give 0 * Infinity at 0.
    if (y.value === 0) return [];
    if (y.value === 2) return [adjoint.mul(x.mul(2))];
    return [adjoint.mul(x.pow(y.value - 1).mul(y.value))];
  }
  const toBase = y.equal(0).where(0, y.mul(x.pow(y.sub(1))));
  const toExponent = x.equal(0).where(0, node.mul(x.log()));
  return [adjoint.mul(toBase), adjoint.mul(toExponent)];
}

/** Gives the adjoint to the winner of minimum or maximum; to a tie, half each. */
function shareWinner(adjoint: Expr, firstWins: Expr, tie: Expr): Expr[] {
  const half = adjoint.mul(0.5);
  return [
    tie.where(half, firstWins.where(adjoint, 0)),
    tie.where(half, firstWins.where(0, adjoint)),
  ];
}

function sum(a: Expr | undefined, b: Expr): Expr {
  return a === undefined ? b : a.add(b);
}

function times(a: Expr, b: Expr): Expr {
  return b.isConstant(1) ? a : a.mul(b);
}
