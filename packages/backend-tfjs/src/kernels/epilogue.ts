import { Expr, Expression, type Epilogue } from "@tensorloom/tensor/backend";
import { broadcastTo, type Tensor } from "@tensorloom/tensor";

/** What TensorFlow.js' fused kernels do to a product or a convolution. */
export interface Finish {
  readonly bias?: Tensor | null | undefined;
  /** `linear`, `relu`, `relu6`, `elu`, `sigmoid`, `prelu`, `leakyrelu`. */
  readonly activation: string | null | undefined;
  /** What `prelu` multiplies by. */
  readonly weights?: Tensor | null | undefined;
  /** What `leakyrelu` multiplies by. */
  readonly alpha?: number | undefined;
}

const activations: Readonly<Record<string, (x: Expr) => Expr>> = {
  linear: (x) => x,
  relu: (x) => x.relu(),
  relu6: (x) => x.clip(0, 6),
  elu: (x) => x.less(0).where(x.expm1(), x),
  sigmoid: (x) => x.sigmoid(),
};

const expressions = new Map<string, Expression>();

/** Returns bias and activation as one epilogue; undefined if there is neither. */
export function epilogueOf(shape: readonly number[], finish: Finish): Epilogue | undefined {
  const { bias, weights, alpha = 0.2 } = finish;
  const name = finish.activation ?? "linear";
  if (bias == null && name === "linear") return undefined;
  const addends = bias == null ? [] : [bias];
  const inputs = name === "prelu" ? [...addends, weights!] : addends;
  const key = `${addends.length} ${name}`;
  let expression = expressions.get(key);
  if (expression === undefined) {
    expression = build(addends.length > 0, name);
    expressions.set(key, expression);
  }
  return {
    expression,
    inputs: inputs.map((input) => broadcastTo(input, shape)),
    parameters: name === "leakyrelu" ? [alpha] : [],
  };
}

function build(hasBias: boolean, name: string): Expression {
  const sum = hasBias ? Expr.input(0).add(Expr.input(1)) : Expr.input(0);
  const next = hasBias ? 2 : 1;
  if (name === "prelu") {
    return new Expression([sum.less(0).where(sum.mul(Expr.input(next)), sum)], next + 1);
  }
  if (name === "leakyrelu") {
    return new Expression([sum.less(0).where(sum.mul(Expr.parameter(0, true)), sum)], next, 1);
  }
  return new Expression([activations[name]!(sum)], next);
}
