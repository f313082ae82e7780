import type { Expression } from "./expression.ts";
import type { Expr } from "./node.ts";

const infix: Partial<Record<Expr["kind"], string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  floorDivide: "//",
  remainder: "%",
  pow: "**",
  equal: "==",
  less: "<",
  lessEqual: "<=",
  and: "&",
  or: "|",
  xor: "^",
  shiftLeft: "<<",
  shiftRight: ">>",
};

/** Returns `f` as a formula: inputs are `x0, x1, ...`, parameters `p0, p1, ...`; roots are separated by commas. */
export function printExpression(f: Expression | Expr): string {
  return "roots" in f ? f.roots.map((root) => print(root)).join(", ") : print(f);
}

function print(node: Expr): string {
  switch (node.kind) {
    case "input":
      return `x${node.value}`;
    case "parameter":
      return `p${node.value}`;
    case "constant":
      return Object.is(node.value, -0) ? "-0" : String(node.value);
    case "index":
      return "index";
    case "cast":
      return `${node.type}(${print(node.operands[0]!)})`;
    default: {
      const symbol = infix[node.kind];
      if (symbol === undefined) return `${node.kind}(${node.operands.map(print).join(", ")})`;
      return node.operands.map(printOperand).join(` ${symbol} `);
    }
  }
}

function printOperand(node: Expr): string {
  return node.kind in infix ? `(${print(node)})` : print(node);
}
