import type { Epilogue, View } from "../backend/contract.ts";
import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { activationExpressions, type ActivationName } from "./activation-expressions.ts";

const expressions = new Map<string, Expression>();

/**
 * Returns the epilogue `activation(alpha · result + sum of scale · input)`; undefined if that is the result itself.
 * Scales are parameters, so one kernel serves them all; those of 1 are left out.
 */
export function linearEpilogue(options: {
  readonly alpha?: number;
  readonly inputs: readonly View[];
  readonly scales?: readonly number[];
  readonly activation: ActivationName | undefined;
}): Epilogue | undefined {
  const { alpha = 1, inputs, activation } = options;
  const factors = [alpha, ...inputs.map((_, i) => options.scales?.[i] ?? 1)];
  if (alpha === 1 && inputs.length === 0 && activation === undefined) return undefined;
  const scaled = factors.map((factor) => factor !== 1);
  const key = `${scaled.join()} ${activation}`;
  let expression = expressions.get(key);
  if (expression === undefined) {
    expression = build(scaled, activation);
    expressions.set(key, expression);
  }
  return { expression, inputs, parameters: factors.filter((factor) => factor !== 1) };
}

function build(scaled: readonly boolean[], activation: ActivationName | undefined): Expression {
  let parameters = 0;
  const terms = scaled.map((isScaled, i) =>
    isScaled ? Expr.input(i).mul(Expr.parameter(parameters++)) : Expr.input(i),
  );
  const total = terms.reduce((sum, term) => sum.add(term));
  const root = activation === undefined ? total : activationExpressions[activation](total);
  return new Expression([root], scaled.length, parameters);
}
