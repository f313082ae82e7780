import { Expr } from "./node.ts";

/** Returns `roots` with each node for which `replace` gives an expression replaced by it; sharing is kept. */
export function substitute(
  roots: readonly Expr[],
  replace: (node: Expr) => Expr | undefined,
): Expr[] {
  const done = new Map<Expr, Expr>();
  const visit = (node: Expr): Expr => {
    let result = done.get(node);
    if (result === undefined) {
      result = replace(node) ?? rebuild(node, node.operands.map(visit));
      done.set(node, result);
    }
    return result;
  };
  return roots.map(visit);
}

function rebuild(node: Expr, operands: readonly Expr[]): Expr {
  const changed = operands.some((operand, i) => operand !== node.operands[i]);
  return changed ? new Expr(node.kind, operands, node.value, node.type) : node;
}
