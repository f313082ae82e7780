import { differentiate } from "./differentiate.ts";
import { Expression } from "./expression.ts";
import { Expr } from "./node.ts";
import { substitute } from "./substitute.ts";

/** The derivatives of an expression of one root, one an input; undefined where zero. */
export type Derivatives = readonly (Expression | undefined)[];

const withOutput = new WeakMap<Expression, Derivatives>();
const withoutOutput = new WeakMap<Expression, Derivatives>();

/**
 * Returns, for each input of `f`, an expression of f's inputs and the gradient to f's result.
 *
 * @param f - an expression of one root
 * @param hasOutput - whether f's result is given as one more input, the last: it then stands for every place where the
 * derivative contains `f` itself, as that of exp does, which saves computing it again
 */
export function derivativesOf(f: Expression, hasOutput: boolean): Derivatives {
  const cache = hasOutput ? withOutput : withoutOutput;
  let derivatives = cache.get(f);
  if (derivatives === undefined) {
    derivatives = derive(f, hasOutput);
    cache.set(f, derivatives);
  }
  return derivatives;
}

function derive(f: Expression, hasOutput: boolean): Derivatives {
  const { inputCount, parameterCount } = f;
  const root = f.roots[0]!;
  const seed = Expr.input(inputCount);
  const output = Expr.input(inputCount + 1);
  const useOutput = hasOutput && root.operands.length > 0;
  return differentiate(root, inputCount, seed).map((derivative) => {
    if (derivative === undefined) return undefined;
    const roots = useOutput
      ? substitute([derivative], (node) => (node === root ? output : undefined))
      : [derivative];
    return new Expression(roots, inputCount + (hasOutput ? 2 : 1), parameterCount);
  });
}
