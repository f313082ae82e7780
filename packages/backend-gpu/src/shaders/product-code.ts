import type { ShaderModule } from "./module.ts";

/** How a product is cut among invocations. */
export interface Tiling {
  /** Rows that an invocation computes. */
  readonly rows: number;
  /** Columns that an invocation computes: a multiple of four. */
  readonly columns: number;
  /** How many invocations of a workgroup lie below each other. Not in the shader: it would be compiled for each. */
  readonly groupRows: number;
  /** How many lie beside each other; the product of the two is {@link workgroupSize}. */
  readonly groupColumns: number;
}

/** How many invocations of a product work together. */
export const workgroupSize = 16;

/**
 * One factor of a product, as the shader of a tile sees it. A product's depth is cut in segments (a convolution's taps, say),
 * within which `k` runs from 0 to the depth.
 */
export interface LeftFactor {
  /** Statements before all loops; `row(i)` is the number of the tile's row `i`, within range. */
  setup(row: (i: number) => string): string;
  /** Statements at the beginning of `segment`. */
  segment(): string;
  /** Statements that load the tile's rows at `k` (four of them or one), and the element of row `i` at `k + kk`. */
  fragment(count: 1 | 4): { readonly statements: string; element(i: number, kk: number): string };
}

/** The other factor. */
export interface RightFactor {
  /** Statements before all loops; `column(j)` is the number of the tile's column `j`, within range. */
  setup(column: (j: number) => string): string;
  /** Statements at the beginning of `segment`. */
  segment(): string;
  /** Statements that load the tile's columns at `k`, and four elements of row `k + kk` from column `4 quad` on. */
  fragment(count: 1 | 4): {
    readonly statements: string;
    element(quad: number, kk: number): string;
  };
}

/** What is multiplied, and where the result goes. */
export interface ProductCode {
  readonly module: ShaderModule;
  readonly tiling: Tiling;
  /** The elements' type. */
  readonly type: "f32" | "i32";
  readonly left: LeftFactor;
  readonly right: RightFactor;
  /** Numbers of rows and columns, as u32. */
  readonly size: { readonly rows: string; readonly columns: string };
  /** How many invocations of a workgroup lie beside each other, as u32. */
  readonly groupColumns: string;
  /** Bounds of the segments, and of `k` within each, as u32; they may name `part`. */
  readonly segments: { readonly first: string; readonly end: string } | undefined;
  readonly depth: { readonly first: string; readonly end: string };
  /** Whether the depth may leave a rest when cut in fours. */
  readonly hasRest: boolean;
  /** Statements that need `batch` and `part`, before all else. */
  readonly prepare: string;
  /** How many batches and parts there are: uniforms. */
  readonly batches: string;
  readonly parts: string;
  /** Statements that store four results `value` of `row` from `column` on. */
  store(value: string): string;
}

/** A tiling as a shader depends on it. */
export function tilingKey({ rows, columns }: Tiling): string {
  return `${rows}x${columns}`;
}

/** Returns the shader of a product whose tiles are kept in registers. */
export function productShader(code: ProductCode): ReturnType<ShaderModule["source"]> {
  const { module, tiling, type, left, right, size, segments, depth } = code;
  const { rows, columns } = tiling;
  const { groupColumns } = code;
  const quads = columns / 4;
  const vector = type === "f32" ? "vec4f" : "vec4i";
  const eachTile = (text: (i: number, q: number) => string): string =>
    Array.from({ length: rows * quads }, (_, n) => text(Math.floor(n / quads), n % quads)).join(
      "\n",
    );
  const multiply = (count: 1 | 4): string => {
    const a = left.fragment(count);
    const b = right.fragment(count);
    const steps = Array.from({ length: count }, (_, kk) =>
      eachTile((i, q) => `sum${i}_${q} += ${a.element(i, kk)} * ${b.element(q, kk)};`),
    );
    return `${a.statements}\n${b.statements}\n${steps.join("\n")}`;
  };
  const rest = code.hasRest ? `for (; k < ${depth.end}; k++) {\n${multiply(1)}\n}` : "";
  const loop = `  var k = ${depth.first};
  for (; k + 4u <= ${depth.end}; k += 4u) {
${multiply(4)}
  }
  ${rest}`;
  const loops =
    segments === undefined
      ? `${left.segment()}\n${right.segment()}\n${loop}`
      : `  for (var segment = ${segments.first}; segment < ${segments.end}; segment++) {
${left.segment()}
${right.segment()}
${loop}
  }`;
  return module.source(
    `  let group_rows = ${workgroupSize}u / ${groupColumns};
  let tiles_below = (${size.rows} + ${rows}u * group_rows - 1u) / (${rows}u * group_rows);
  let tiles_beside = (${size.columns} + ${columns}u * ${groupColumns} - 1u) / (${columns}u * ${groupColumns});
  var number = group.y * groups.x + group.x;
  let tile_column = number % tiles_beside;
  number /= tiles_beside;
  let tile_row = number % tiles_below;
  number /= tiles_below;
  let part = number % ${code.parts};
  let batch = number / ${code.parts};
  if (batch >= ${code.batches}) { return; }
  let row0 = (tile_row * group_rows + lane / ${groupColumns}) * ${rows}u;
  let column0 = (tile_column * ${groupColumns} + lane % ${groupColumns}) * ${columns}u;
  if (row0 >= ${size.rows} || column0 >= ${size.columns}) { return; }
${code.prepare}
${left.setup((i) => `min(row0 + ${i}u, ${size.rows} - 1u)`)}
${right.setup((j) => `min(column0 + ${j}u, ${size.columns} - 1u)`)}
${eachTile((i, q) => `  var sum${i}_${q} = ${vector}(0);`)}
${loops}
${eachTile(
  (i, q) => `  if ((row0 + ${i}u < ${size.rows}) & (column0 + ${4 * q}u < ${size.columns})) {
    let row = row0 + ${i}u;
    let column = column0 + ${4 * q}u;
    ${code.store(`sum${i}_${q}`)}
  }`,
)}`,
    [workgroupSize],
  );
}

/** How many workgroups a product takes. */
export function productWorkgroups(
  { rows, columns, groupRows, groupColumns }: Tiling,
  size: { readonly rows: number; readonly columns: number },
  batches: number,
): number {
  return (
    Math.ceil(size.rows / (rows * groupRows)) *
    Math.ceil(size.columns / (columns * groupColumns)) *
    batches
  );
}
