import { wholeOption } from "../options.ts";
import type { DrawableTree } from "./drawable-tree.ts";
import type { TreeData } from "./tree-data.ts";

/** What {@link exportText} takes. */
export interface ExportTextOptions {
  /** The features' names; `feature_0`, `feature_1` ... by default. */
  readonly featureNames?: readonly string[];
  /** The classes' names; their numbers by default. */
  readonly classNames?: readonly string[];
  /** How many levels are written; 10 by default. */
  readonly maxDepth?: number;
  /** How many decimals thresholds and values have; 2 by default. */
  readonly decimals?: number;
  /** Whether leaves say how much each class weighs; false by default. */
  readonly showWeights?: boolean;
}

/**
 * Returns a tree as indented text, in scikit-learn's form.
 *
 * @param model - a fitted tree
 * @param options - names, levels, decimals
 *
 * @example
 * const model = await new DecisionTreeClassifier().fit([[1], [2], [8]], [0, 0, 1]);
 * exportText(model, { featureNames: ["age"] }).split("\n")[0]; // => |--- age <= 5.00
 */
export function exportText(model: DrawableTree, options: ExportTextOptions = {}): string {
  const { featureNames, classNames, decimals = 2, showWeights = false } = options;
  const maxDepth = wholeOption("exportText", "maxDepth", options.maxDepth ?? 10, { from: 0 });
  const { tree } = model;
  const lines: string[] = [];
  const write = (node: number, depth: number): void => {
    const indent = "|   ".repeat(depth);
    if (depth > maxDepth && tree.childrenLeft[node]! >= 0) {
      lines.push(`${indent}|--- truncated branch of depth ${depthBelow(tree, node)}`);
      return;
    }
    if (tree.childrenLeft[node]! < 0) {
      const own = [...tree.value.subarray(node * tree.outputs, (node + 1) * tree.outputs)];
      const numbers = own.map((value) => value.toFixed(decimals)).join(", ");
      if (model.classes === undefined) lines.push(`${indent}|--- value: [${numbers}]`);
      else {
        const best = own.indexOf(Math.max(...own));
        const weights = showWeights ? `weights: [${numbers}] ` : "";
        lines.push(`${indent}|--- ${weights}class: ${classNames?.[best] ?? model.classes[best]}`);
      }
      return;
    }
    const feature = tree.feature[node]!;
    const name = featureNames?.[feature] ?? `feature_${feature}`;
    const threshold = tree.threshold[node]!.toFixed(decimals);
    lines.push(`${indent}|--- ${name} <= ${threshold}`);
    write(tree.childrenLeft[node]!, depth + 1);
    lines.push(`${indent}|--- ${name} >  ${threshold}`);
    write(tree.childrenRight[node]!, depth + 1);
  };
  write(0, 0);
  return `${lines.join("\n")}\n`;
}

function depthBelow(tree: TreeData, node: number): number {
  const left = tree.childrenLeft[node]!;
  if (left < 0) return 1;
  return 1 + Math.max(depthBelow(tree, left), depthBelow(tree, tree.childrenRight[node]!));
}
