import type { Sharing } from "../device/tuning.ts";
import type { ShaderModule } from "./module.ts";
import { quadRow, swappedInQuads } from "./quad-sharing.ts";
import { sharedMemory, sharedPlaces, sharedSide, sharedSlabs } from "./workgroup-sharing.ts";

/** How a product is cut among invocations. */
export interface Tiling {
  /** Rows that an invocation computes. */
  readonly rows: number;
  /** Columns that an invocation computes: a multiple of four. */
  readonly columns: number;
  /** How many invocations of a workgroup lie below each other. Not in the shader: it would be compiled for each. */
  readonly groupRows: number;
  /** How many lie beside each other. */
  readonly groupColumns: number;
  /** `quad` needs a multiple of four beside each other, and rows that four can share. */
  readonly sharing: Sharing;
  /** Whether workgroups cover rows and columns exactly, so that no edge is checked. */
  readonly fits: boolean;
}

/** How many invocations of a product work together. */
export function workgroupSize({ sharing }: Pick<Tiling, "sharing">): number {
  return sharing === "workgroup" ? sharedSide ** 2 : 16;
}

/** How many rows of the left factor, and columns of the right one, an invocation loads. */
export function loadedBy({ rows, columns, sharing }: Tiling): {
  readonly rows: number;
  readonly columns: number;
} {
  if (sharing === "workgroup") return { rows: 4, columns: 4 };
  return { rows: sharing === "quad" ? rows / 4 : rows, columns };
}

/**
 * One factor of a product, as the shader of a tile sees it. A product's depth is cut in segments (a convolution's taps, say),
 * within which `k` runs from 0 to the depth.
 */
export interface LeftFactor {
  /** Whether neighbours in memory are neighbours in the depth, and not rows. */
  readonly alongDepth: boolean;
  /** Statements before all loops; `row(i)` is the number of the row that is loaded as `i`, within range. */
  setup(row: (i: number) => string): string;
  /** Statements at the beginning of `segment`. */
  segment(): string;
  /** Statements that load the rows at `k` (four places of the depth or one), and the element of row `i` at `k + kk`. */
  fragment(
    count: 1 | 4,
    k: string,
  ): { readonly statements: string; element(i: number, kk: number): string };
}

/** The other factor. */
export interface RightFactor {
  /** Whether neighbours in memory are neighbours in the depth, and not columns. */
  readonly alongDepth: boolean;
  /** Statements before all loops; `column(j)` is the number of the column that is loaded as `j`, within range. */
  setup(column: (j: number) => string): string;
  /** Statements at the beginning of `segment`. */
  segment(): string;
  /** Statements that load the columns at `k`, and four elements of row `k + kk` from column `4 quad` on. */
  fragment(
    count: 1 | 4,
    k: string,
  ): {
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
  /** Numbers of rows and columns, as u32; that of the rows may be one that `prepare` names, of each batch its own. */
  readonly size: { readonly rows: string; readonly columns: string };
  /** The largest number of rows: a uniform. */
  readonly mostRows: string;
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
export function tilingKey({ rows, columns, sharing, fits }: Tiling): string {
  return `${rows}x${columns} ${sharing} ${fits}`;
}

/** Returns the shader of a product. */
export function productShader(code: ProductCode): ReturnType<ShaderModule["source"]> {
  const { module, tiling, type, left, right, size, segments } = code;
  const { rows, columns, sharing, fits } = tiling;
  const { groupColumns } = code;
  const quads = columns / 4;
  const vector = type === "f32" ? "vec4f" : "vec4i";
  const places = placesOf(code);
  const eachTile = (text: (i: number, q: number) => string): string =>
    Array.from({ length: rows * quads }, (_, n) => text(Math.floor(n / quads), n % quads)).join(
      "\n",
    );
  const multiply: Multiply = (count, a, b) => {
    const steps = Array.from({ length: count }, (_, kk) =>
      eachTile((i, q) => `sum${i}_${q} += ${a.element(i, kk)} * ${b.element(q, kk)};`),
    );
    return `${a.statements}\n${b.statements}\n${steps.join("\n")}`;
  };
  const loop =
    sharing === "workgroup"
      ? sharedSlabs(code, vector, multiply)
      : registerTiles(
          sharing === "quad" ? { ...code, left: swappedInQuads(code) } : code,
          multiply,
        );
  const loops =
    segments === undefined
      ? `${left.segment()}\n${right.segment()}\n${loop}`
      : `  for (var segment = ${segments.first}; segment < ${segments.end}; segment++) {
${left.segment()}
${right.segment()}
${loop}
  }`;
  const within = (place: string, count: string): string =>
    fits ? `(${place})` : `min(${place}, ${count} - 1u)`;
  return module.source(
    `  let group_rows = ${workgroupSize(tiling)}u / ${groupColumns};
  let tiles_below = (${code.mostRows} + ${rows}u * group_rows - 1u) / (${rows}u * group_rows);
  let tiles_beside = (${size.columns} + ${columns}u * ${groupColumns} - 1u) / (${columns}u * ${groupColumns});
  var number = group.y * groups.x + group.x;
  let tile_column = number % tiles_beside;
  number /= tiles_beside;
  let tile_row = number % tiles_below;
  number /= tiles_below;
  let part = number % ${code.parts};
  let batch = number / ${code.parts};
  if (batch >= ${code.batches}) { return; }
${code.prepare}
${places.setup(size)}
${left.setup((i) => within(places.loadedRow(i), size.rows))}
${right.setup((j) => within(places.loadedColumn(j), size.columns))}
${eachTile((i, q) => `  var sum${i}_${q} = ${vector}(0);`)}
${loops}
${eachTile(
  (i, q) => `  {
    let row = ${places.row(i)};
    let column = ${places.column(q)};
    ${fits ? "" : `if ((row < ${size.rows}) & (column < ${size.columns}))`} {
    ${code.store(`sum${i}_${q}`)}
    }
  }`,
)}`,
    [workgroupSize(tiling)],
    sharing === "workgroup" ? sharedMemory(tiling, vector) : "",
  );
}

/** Which rows and columns an invocation computes, and which it loads. */
export interface Places {
  /** Statements that name what the others need. */
  setup(size: ProductCode["size"]): string;
  row(i: number): string;
  /** The first column of four. */
  column(quad: number): string;
  loadedRow(i: number): string;
  loadedColumn(j: number): string;
}

function placesOf({ tiling, groupColumns, left, right }: ProductCode): Places {
  const { rows, columns, sharing } = tiling;
  if (sharing === "workgroup") return sharedPlaces(tiling, left, right);
  const row = (i: number): string => (sharing === "quad" ? quadRow(i, rows) : `row0 + ${i}u`);
  const column = (j: number): string => `column0 + ${j}u`;
  return {
    // A quad returns as a whole: columns beyond the last are kept, since they load rows for their neighbours.
    setup: (size) => `  let row0 = (tile_row * group_rows + lane / ${groupColumns}) * ${rows}u;
  let column0 = (tile_column * ${groupColumns} + lane % ${groupColumns}) * ${columns}u;
  if (row0 >= ${size.rows}) { return; }
  ${sharing === "quad" ? "" : `if (column0 >= ${size.columns}) { return; }`}`,
    row,
    column: (quad) => column(4 * quad),
    loadedRow: row,
    loadedColumn: column,
  };
}

/** Statements that multiply what has been loaded, `count` places of the depth. */
type Multiply = (
  count: 1 | 4,
  a: ReturnType<LeftFactor["fragment"]>,
  b: ReturnType<RightFactor["fragment"]>,
) => string;

/** Tiles in registers: the depth in fours, and what is left one by one. */
function registerTiles(
  { left, right, depth, hasRest }: Pick<ProductCode, "left" | "right" | "depth" | "hasRest">,
  multiply: Multiply,
): string {
  const step = (count: 1 | 4): string =>
    multiply(count, left.fragment(count, "k"), right.fragment(count, "k"));
  const rest = hasRest ? `for (; k < ${depth.end}; k++) {\n${step(1)}\n}` : "";
  return `  var k = ${depth.first};
  for (; k + 4u <= ${depth.end}; k += 4u) {
${step(4)}
  }
  ${rest}`;
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
