import type { LeftFactor, RightFactor } from "./product-code.ts";
import type { OperandCode } from "./operands.ts";

/** How a matrix's elements lie: four of a row or of a column in one vector, or each by itself. */
export type MatrixLie = "row" | "column" | "single";

/** A matrix in memory: names of its uniforms. */
export interface MatrixCode {
  readonly code: OperandCode;
  readonly lie: MatrixLie;
  /** Where it begins, in elements. */
  readonly base: string;
  /** From one row to the next, in elements. */
  readonly rowStride: string;
  /** From one column to the next. */
  readonly columnStride: string;
}

/** Returns a matrix as a left factor: its columns are the depth. */
export function leftMatrix(
  { code, lie, base, rowStride, columnStride }: MatrixCode,
  rows: number,
): LeftFactor {
  const at = (i: number, k: string): string => `left${i} + (${k}) * ${columnStride}`;
  return {
    alongDepth: lie !== "column",
    setup: (row) => eachOf(rows, (i) => `  let left${i} = ${base} + ${row(i)} * ${rowStride};`),
    segment: () => "",
    fragment(count, k) {
      if (lie === "row" && count === 4) {
        return {
          statements: eachOf(
            rows,
            (i) => `let a${i} = ${code.loadVector(`(left${i} + ${k}) >> 2u`)};`,
          ),
          element: (i, kk) => `a${i}[${kk}]`,
        };
      }
      if (lie === "column") {
        // Rows beyond the last begin a new quad, which is clamped as a whole: their results are not stored.
        return {
          statements: eachOf(count, (kk) =>
            eachOf(
              rows / 4,
              (q) =>
                `let a${q}_${kk} = ${code.loadVector(`(${at(4 * q, `${k} + ${kk}u`)}) >> 2u`)};`,
            ),
          ),
          element: (i, kk) => `a${i >> 2}_${kk}[${i & 3}]`,
        };
      }
      return {
        statements: eachOf(count, (kk) =>
          eachOf(rows, (i) => `let a${i}_${kk} = ${code.load(`(${at(i, `${k} + ${kk}u`)})`)};`),
        ),
        element: (i, kk) => `a${i}_${kk}`,
      };
    },
  };
}

/** Returns a matrix as a right factor: its rows are the depth; `segmentStart` is where a segment's begins. */
export function rightMatrix(
  { code, lie, base, rowStride, columnStride }: MatrixCode,
  columns: number,
  vector: string,
  segmentStart?: string,
): RightFactor {
  const quads = columns / 4;
  const origin = segmentStart === undefined ? "" : "right_segment + ";
  const at = (j: number, k: string): string => `${origin}right${j} + (${k}) * ${rowStride}`;
  return {
    alongDepth: lie === "column",
    setup: (column) =>
      lie === "row"
        ? eachOf(
            quads,
            (q) => `  let right${4 * q} = ${base} + ${column(4 * q)} * ${columnStride};`,
          )
        : eachOf(columns, (j) => `  let right${j} = ${base} + ${column(j)} * ${columnStride};`),
    segment: () => (segmentStart === undefined ? "" : `  let right_segment = ${segmentStart};`),
    fragment(count, k) {
      if (lie === "row") {
        return {
          statements: eachOf(count, (kk) =>
            eachOf(
              quads,
              (q) =>
                `let b${q}_${kk} = ${code.loadVector(`(${at(4 * q, `${k} + ${kk}u`)}) >> 2u`)};`,
            ),
          ),
          element: (q, kk) => `b${q}_${kk}`,
        };
      }
      if (lie === "column" && count === 4) {
        const loads = eachOf(
          columns,
          (j) => `let t${j} = ${code.loadVector(`(${origin}right${j} + ${k}) >> 2u`)};`,
        );
        const turned = eachOf(4, (kk) =>
          eachOf(quads, (q) => {
            const parts = [0, 1, 2, 3].map((l) => `t${4 * q + l}[${kk}]`);
            return `let b${q}_${kk} = ${vector}(${parts.join(", ")});`;
          }),
        );
        return { statements: `${loads}\n${turned}`, element: (q, kk) => `b${q}_${kk}` };
      }
      return {
        statements: eachOf(count, (kk) =>
          eachOf(quads, (q) => {
            const parts = [0, 1, 2, 3].map((l) => code.load(`(${at(4 * q + l, `${k} + ${kk}u`)})`));
            return `let b${q}_${kk} = ${vector}(${parts.join(", ")});`;
          }),
        ),
        element: (q, kk) => `b${q}_${kk}`,
      };
    },
  };
}

/** Lines of text, one a number. */
export function eachOf(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join("\n");
}
