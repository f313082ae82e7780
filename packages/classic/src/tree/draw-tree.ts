import { wholeOption } from "../options.ts";
import type { DrawableTree } from "./drawable-tree.ts";

/** What {@link drawTree} takes. */
export interface DrawTreeOptions {
  /** The features' names; `x0`, `x1` ... by default. */
  readonly featureNames?: readonly string[];
  /** The classes' names; their numbers by default. */
  readonly classNames?: readonly string[];
  /** How many levels are drawn; all by default. */
  readonly maxDepth?: number;
  /** How many decimals numbers have; 2 by default. */
  readonly decimals?: number;
}

const box = { width: 132, height: 64, gapX: 14, gapY: 46 };
const palette = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#eeca3b"];

interface Placed {
  readonly node: number;
  readonly depth: number;
  x: number;
  readonly children: readonly Placed[];
}

/**
 * Returns a tree as an SVG drawing: a box a node with its question, impurity, samples and value, coloured by its class the
 * more the purer it is, or by its value. Samples for which the question is true go left.
 *
 * @param model - a fitted tree
 * @param options - names, levels, decimals
 *
 * @example
 * const model = await new DecisionTreeClassifier().fit([[1], [2], [8]], [0, 0, 1]);
 * drawTree(model, { featureNames: ["age"] }).includes("age ≤ 5.00"); // => true
 */
export function drawTree(model: DrawableTree, options: DrawTreeOptions = {}): string {
  const most = options.maxDepth;
  const maxDepth = most === undefined ? Infinity : wholeOption("drawTree", "maxDepth", most);
  let leaves = 0;
  let levels = 1;
  const { tree } = model;
  const place = (node: number, depth: number): Placed => {
    levels = Math.max(levels, depth + 1);
    const isEnd = tree.childrenLeft[node]! < 0 || depth >= maxDepth;
    if (isEnd) return { node, depth, x: leaves++ * (box.width + box.gapX), children: [] };
    const left = place(tree.childrenLeft[node]!, depth + 1);
    const right = place(tree.childrenRight[node]!, depth + 1);
    return { node, depth, x: (left.x + right.x) / 2, children: [left, right] };
  };
  const root = place(0, 0);
  const width = leaves * (box.width + box.gapX) - box.gapX;
  const height = levels * (box.height + box.gapY) - box.gapY;
  const colour = colourer(model);
  const parts: string[] = [];
  const draw = (placed: Placed): void => {
    placed.children.forEach((child, i) => {
      parts.push(
        edge(
          placed,
          child,
          i === 0 && placed === root ? "yes" : i === 1 && placed === root ? "no" : "",
        ),
      );
      draw(child);
    });
    parts.push(nodeBox(model, placed, colour(placed.node), options));
  };
  draw(root);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -6 ${width + 12} ${height + 12}" width="${width + 12}" height="${height + 12}" ` +
    `font-family="system-ui, sans-serif" font-size="11" text-anchor="middle">${parts.join("")}</svg>`
  );
}

function edge(from: Placed, to: Placed, label: string): string {
  const [x1, y1] = [from.x + box.width / 2, yOf(from) + box.height];
  const [x2, y2] = [to.x + box.width / 2, yOf(to)];
  const middle = (y1 + y2) / 2;
  const line = `<path d="M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}" fill="none" stroke="#999"/>`;
  const side = x2 < x1 ? -14 : 14;
  return label === ""
    ? line
    : `${line}<text x="${(x1 + x2) / 2 + side}" y="${middle - 4}" fill="#555">${label}</text>`;
}

function nodeBox(
  { tree, classes }: DrawableTree,
  placed: Placed,
  fill: string,
  { featureNames, classNames, decimals = 2 }: DrawTreeOptions,
): string {
  const at = placed.node;
  const lines: string[] = [];
  if (tree.childrenLeft[at]! >= 0) {
    const feature = tree.feature[at]!;
    const name = featureNames?.[feature] ?? `x${feature}`;
    lines.push(`${name} ≤ ${tree.threshold[at]!.toFixed(decimals)}`);
  }
  lines.push(`impurity ${tree.impurity[at]!.toFixed(decimals)}, ${tree.nNodeSamples[at]} samples`);
  const own = [...tree.value.subarray(at * tree.outputs, (at + 1) * tree.outputs)];
  if (classes === undefined) lines.push(`value ${own[0]!.toFixed(decimals)}`);
  else {
    const best = own.indexOf(Math.max(...own));
    // Few classes are told apart by their weights; of many, the weights would not fit.
    if (own.length <= 4) lines.push(own.map((weight) => short(weight, decimals)).join(" : "));
    lines.push(`class ${classNames?.[best] ?? classes[best]}`);
  }
  const y = yOf(placed);
  const first = y + box.height / 2 - (lines.length - 1) * 7 + 4;
  const text = lines
    .map(
      (line, i) =>
        `<text x="${placed.x + box.width / 2}" y="${first + i * 14}"${i === 0 ? ' font-weight="600"' : ""}>${escaped(line)}</text>`,
    )
    .join("");
  return `<rect x="${placed.x}" y="${y}" width="${box.width}" height="${box.height}" rx="6" fill="${fill}" stroke="#777"/>${text}`;
}

function yOf({ depth }: Placed): number {
  return depth * (box.height + box.gapY);
}

/** The colour of a node: its class's, the paler the less sure; or from pale to dark by its value. */
function colourer({ tree, classes }: DrawableTree): (node: number) => string {
  const { value, outputs } = tree;
  if (classes === undefined) {
    const least = Math.min(...value);
    const span = Math.max(...value) - least || 1;
    return (at) => mixed(palette[0]!, 0.05 + (0.65 * (value[at]! - least)) / span);
  }
  return (at) => {
    const own = [...value.subarray(at * outputs, (at + 1) * outputs)];
    const most = Math.max(...own);
    const share = most / own.reduce((sum, weight) => sum + weight, 0);
    const sureness = outputs === 1 ? 1 : (share - 1 / outputs) / (1 - 1 / outputs);
    return mixed(palette[own.indexOf(most) % palette.length]!, 0.04 + 0.66 * sureness);
  };
}

function mixed(colour: string, share: number): string {
  const part = (at: number): string => {
    const full = Number.parseInt(colour.slice(at, at + 2), 16);
    return Math.round(255 + (full - 255) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${part(1)}${part(3)}${part(5)}`;
}

function short(value: number, decimals: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(decimals);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
