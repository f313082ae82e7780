import { isFloating, type DType } from "./dtype.ts";
import type { Shape } from "./shape.ts";

const summarizeAbove = 1000;
const edgeItems = 3;

/** Returns elements as NumPy prints them: aligned columns, and only the edges of long axes above 1,000 elements. */
export function formatTensor(shape: Shape, dtype: DType, data: ArrayLike<number>): string {
  const summarize = data.length > summarizeAbove;
  const edges = shape.map((size) =>
    summarize && size > 2 * edgeItems ? [edgeItems, size - edgeItems] : [size, size],
  );
  const shown: number[] = [];
  visit(shape, edges, 0, 0, (position) => shown.push(data[position]!));
  const write = numberFormat(dtype, shown);
  const width = shape.length === 0 ? 0 : Math.max(0, ...shown.map((x) => write(x).length));

  const build = (axis: number, base: number, indent: number): string => {
    if (axis === shape.length) return write(data[base]!).padStart(width);
    const stride = sizeBelow(shape, axis);
    const [until, from] = edges[axis] as [number, number];
    const items: string[] = [];
    for (let i = 0; i < shape[axis]!; i++) {
      if (i === until && from > until) {
        items.push("...");
        i = from;
      }
      items.push(build(axis + 1, base + i * stride, indent + 1));
    }
    const isInnermost = axis === shape.length - 1;
    const blankLines = "\n".repeat(shape.length - 1 - axis);
    const separator = isInnermost ? ", " : `,${blankLines}${" ".repeat(indent + 1)}`;
    return `[${items.join(separator)}]`;
  };
  return build(0, 0, 0);
}

function sizeBelow(shape: Shape, axis: number): number {
  let size = 1;
  for (let i = axis + 1; i < shape.length; i++) size *= shape[i]!;
  return size;
}

function visit(
  shape: Shape,
  edges: readonly (readonly number[])[],
  axis: number,
  base: number,
  see: (position: number) => void,
): void {
  if (axis === shape.length) {
    see(base);
    return;
  }
  const stride = sizeBelow(shape, axis);
  const [until, from] = edges[axis] as unknown as [number, number];
  for (let i = 0; i < shape[axis]!; i++) {
    if (i >= until && i < from) continue;
    visit(shape, edges, axis + 1, base + i * stride, see);
  }
}

/** Up to 8 significant digits where they are needed, the same number of decimals for all, or all in exponent form. */
function numberFormat(dtype: DType, shown: readonly number[]): (x: number) => string {
  if (dtype === "bool") return (x) => (x === 0 ? "false" : "true");
  const special = (x: number): string => (Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");
  if (!isFloating(dtype)) return String;
  const digits = dtype === "float16" ? 4 : dtype === "float32" ? 8 : 9;
  const finite = shown.filter(Number.isFinite);
  const magnitudes = finite.filter((x) => x !== 0).map(Math.abs);
  const largest = Math.max(0, ...magnitudes);
  const smallest = Math.min(...magnitudes);
  const zeroSign = (x: number, text: string): string => (Object.is(x, -0) ? `-${text}` : text);
  if (largest >= 1e8 || (magnitudes.length > 0 && (smallest < 1e-4 || largest / smallest > 1e6))) {
    return (x) =>
      Number.isFinite(x) ? zeroSign(x, shortest(x, digits).toExponential()) : special(x);
  }
  const integerDigits = largest < 1 ? 1 : Math.floor(Math.log10(largest)) + 1;
  const decimals = Math.max(
    0,
    ...finite.map((x) => decimalsNeeded(x, Math.max(0, digits - integerDigits))),
  );
  return (x) =>
    Number.isFinite(x)
      ? zeroSign(x, Math.abs(x) === 0 ? (0).toFixed(decimals) : x.toFixed(decimals))
      : special(x);
}

function shortest(x: number, digits: number): number {
  return Number(x.toPrecision(digits));
}

function decimalsNeeded(x: number, most: number): number {
  const text = x.toFixed(most);
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.replace(/0+$/, "").length - point - 1;
}
