import type { LeftFactor, Places, ProductCode, RightFactor, Tiling } from "./product-code.ts";

/** Invocations of a workgroup that shares its memory lie in a square of this side. */
export const sharedSide = 8;

/** How much of the factors lies in workgroup memory at a time: each invocation loads four by four elements of each. */
function slabOf({ rows, columns }: Tiling): {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
} {
  const slab = { rows: rows * sharedSide, columns: columns * sharedSide };
  return { ...slab, depth: (16 * sharedSide ** 2) / slab.rows };
}

/** Declarations of a workgroup's memory: of rows, four places of the depth in one vector; of the depth, four columns. */
export function sharedMemory(tiling: Tiling, vector: string): string {
  const { rows, columns, depth } = slabOf(tiling);
  return `var<workgroup> left_slab: array<${vector}, ${(rows * depth) / 4}>;
var<workgroup> right_slab: array<${vector}, ${(columns * depth) / 4}>;`;
}

/**
 * Rows and columns of neighbours lie beside each other, so that they read different banks; what one loads is a block,
 * neighbours of which lie beside each other in memory.
 */
export function sharedPlaces(tiling: Tiling, left: LeftFactor, right: RightFactor): Places {
  const slab = slabOf(tiling);
  const block = (name: string, size: number, alongDepth: boolean): string => {
    const steps = alongDepth ? slab.depth / 4 : size / 4;
    const [inner, outer] = [`(lane % ${steps}u) * 4u`, `(lane / ${steps}u) * 4u`];
    return `  let ${name}_depth = ${alongDepth ? inner : outer};
  let ${name}_at = ${alongDepth ? outer : inner};`;
  };
  const side = `${sharedSide}u`;
  return {
    setup: () => `${block("left", slab.rows, left.alongDepth)}
${block("right", slab.columns, right.alongDepth)}
  let row0 = tile_row * ${slab.rows}u + lane / ${side};
  let column0 = tile_column * ${slab.columns}u + (lane % ${side}) * 4u;`,
    row: (i) => `row0 + ${i * sharedSide}u`,
    column: (quad) => `column0 + ${4 * quad * sharedSide}u`,
    loadedRow: (i) => `tile_row * ${slab.rows}u + left_at + ${i}u`,
    loadedColumn: (j) => `tile_column * ${slab.columns}u + right_at + ${j}u`,
  };
}

/** A loop over slabs of the depth: all load, then all multiply. Beyond the depth lie zeros. */
export function sharedSlabs(
  { tiling, left, right, depth, hasRest }: ProductCode,
  vector: string,
  multiply: (
    count: 4,
    a: ReturnType<LeftFactor["fragment"]>,
    b: ReturnType<RightFactor["fragment"]>,
  ) => string,
): string {
  const slab = slabOf(tiling);
  const four = (text: (n: number) => string, separator = "\n"): string =>
    [0, 1, 2, 3].map(text).join(separator);
  const rowsOf = four(
    (i) => `left_slab[(left_depth / 4u) * ${slab.rows}u + left_at + ${i}u] = block${i};`,
  );
  const columnsOf = four(
    (kk) =>
      `right_slab[(right_depth + ${kk}u) * ${slab.columns / 4}u + right_at / 4u] = block${kk};`,
  );
  const load = (
    name: "left" | "right",
    whole: string,
    single: string,
    store: string,
  ): string => `  {
    let k = slab + ${name}_depth;
    ${four((n) => `var block${n} = ${vector}(0);`, " ")}
    if (k + 4u <= ${depth.end}) {
${whole}
    }${hasRest ? ` else {\nfor (var one = k; one < ${depth.end}; one++) {\n${single}\n}\n}` : ""}
    ${store}
  }`;
  const leftFour = left.fragment(4, "k");
  const rightFour = right.fragment(4, "k");
  const leftOne = left.fragment(1, "one");
  const rightOne = right.fragment(1, "one");
  // Not by an index: memory that is reached so lies in no register.
  const isOne = "vec4u(k) + vec4u(0u, 1u, 2u, 3u) == vec4u(one)";
  const ofLeft = load(
    "left",
    `${leftFour.statements}\n${four((i) => `block${i} = ${vector}(${four((kk) => leftFour.element(i, kk), ", ")});`)}`,
    `${leftOne.statements}\n${four((i) => `block${i} = select(block${i}, ${vector}(${leftOne.element(i, 0)}), ${isOne});`)}`,
    rowsOf,
  );
  const ofRight = load(
    "right",
    `${rightFour.statements}\n${four((kk) => `block${kk} = ${rightFour.element(0, kk)};`)}`,
    `${rightOne.statements}\n${four((kk) => `block${kk} = select(block${kk}, ${rightOne.element(0, 0)}, one == k + ${kk}u);`)}`,
    columnsOf,
  );
  const side = `${sharedSide}u`;
  const rows = Array.from(
    { length: tiling.rows },
    (_, i) => `let a${i} = left_slab[step * ${slab.rows}u + lane / ${side} + ${i * sharedSide}u];`,
  );
  const quads = Array.from({ length: tiling.columns / 4 }, (_, q) =>
    four(
      (kk) =>
        `let b${q}_${kk} = right_slab[(step * 4u + ${kk}u) * ${slab.columns / 4}u + lane % ${side} + ${q * sharedSide}u];`,
    ),
  );
  const a = { statements: rows.join("\n"), element: (i: number, kk: number) => `a${i}[${kk}]` };
  const b = { statements: quads.join("\n"), element: (q: number, kk: number) => `b${q}_${kk}` };
  return `  for (var slab = ${depth.first}; slab < ${depth.end}; slab += ${slab.depth}u) {
  workgroupBarrier();
${ofLeft}
${ofRight}
  workgroupBarrier();
  for (var step = 0u; step < ${slab.depth / 4}u; step++) {
${multiply(4, a, b)}
  }
  }`;
}
