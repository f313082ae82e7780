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

const boxHeight = 64;
const gapX = 14;
const gapY = 46;
/** About how wide a letter is, in pixels. */
const letter = 6.4;
const palette = ["#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#eeca3b"];

/** A node where it is drawn. */
interface Placed {
  readonly node: number;
  readonly depth: number;
  /** How many boxes from the left. */
  readonly column: number;
  readonly lines: readonly string[];
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
  const { tree } = model;
  let columns = 0;
  let levels = 1;
  let letters = 0;
  const place = (node: number, depth: number): Placed => {
    levels = Math.max(levels, depth + 1);
    const lines = linesOf(model, node, options);
    letters = Math.max(letters, ...lines.map(({ length }) => length));
    const isEnd = tree.childrenLeft[node]! < 0 || depth >= maxDepth;
    if (isEnd) return { node, depth, column: columns++, lines, children: [] };
    const left = place(tree.childrenLeft[node]!, depth + 1);
    const right = place(tree.childrenRight[node]!, depth + 1);
    const column = (left.column + right.column) / 2;
    return { node, depth, column, lines, children: [left, right] };
  };
  const root = place(0, 0);
  const boxWidth = Math.ceil(letters * letter) + 16;
  const width = columns * (boxWidth + gapX) - gapX;
  const height = levels * (boxHeight + gapY) - gapY;
  const colour = colourer(model);
  const draw = (placed: Placed): string =>
    placed.children
      .map((child, i) => {
        const label = placed === root ? ["yes", "no"][i]! : "";
        return edge(placed, child, boxWidth, label) + draw(child);
      })
      .join("") + nodeBox(placed, boxWidth, colour(placed.node));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-6 -6 ${width + 12} ${height + 12}" width="${width + 12}" height="${height + 12}" ` +
    `font-family="system-ui, sans-serif" font-size="11" text-anchor="middle">${draw(root)}</svg>`
  );
}

function edge(from: Placed, to: Placed, boxWidth: number, label: string): string {
  const [x1, y1] = [middleOf(from, boxWidth), topOf(from) + boxHeight];
  const [x2, y2] = [middleOf(to, boxWidth), topOf(to)];
  const y = (y1 + y2) / 2;
  const line = `<path d="M${x1} ${y1}C${x1} ${y} ${x2} ${y} ${x2} ${y2}" fill="none" stroke="#999"/>`;
  const side = x2 < x1 ? -14 : 14;
  return label === ""
    ? line
    : `${line}<text x="${(x1 + x2) / 2 + side}" y="${y - 4}" fill="#555">${label}</text>`;
}

function nodeBox(placed: Placed, boxWidth: number, fill: string): string {
  const { lines } = placed;
  const x = middleOf(placed, boxWidth);
  const y = topOf(placed);
  const first = y + boxHeight / 2 - (lines.length - 1) * 7 + 4;
  const text = lines
    .map((line, i) => {
      const weight = i === 0 ? ' font-weight="600"' : "";
      return `<text x="${x}" y="${first + i * 14}"${weight}>${escaped(line)}</text>`;
    })
    .join("");
  return `<rect x="${x - boxWidth / 2}" y="${y}" width="${boxWidth}" height="${boxHeight}" rx="6" fill="${fill}" stroke="#777"/>${text}`;
}

function linesOf(
  { tree, classes }: DrawableTree,
  node: number,
  { featureNames, classNames, decimals = 2 }: DrawTreeOptions,
): string[] {
  const lines: string[] = [];
  if (tree.childrenLeft[node]! >= 0) {
    const feature = tree.feature[node]!;
    const name = featureNames?.[feature] ?? `x${feature}`;
    lines.push(`${name} ≤ ${tree.threshold[node]!.toFixed(decimals)}`);
  }
  lines.push(
    `impurity ${tree.impurity[node]!.toFixed(decimals)}, ${tree.nNodeSamples[node]} samples`,
  );
  const own = [...tree.value.subarray(node * tree.outputs, (node + 1) * tree.outputs)];
  if (classes === undefined) return [...lines, `value ${own[0]!.toFixed(decimals)}`];
  const best = own.indexOf(Math.max(...own));
  // Few classes are told apart by their weights; of many, the weights would not fit.
  if (own.length <= 4) lines.push(own.map((weight) => short(weight, decimals)).join(" : "));
  return [...lines, `class ${classNames?.[best] ?? classes[best]}`];
}

function middleOf({ column }: Placed, boxWidth: number): number {
  return column * (boxWidth + gapX) + boxWidth / 2;
}

function topOf({ depth }: Placed): number {
  return depth * (boxHeight + gapY);
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
