import type { LeftFactor, ProductCode } from "./product-code.ts";
import { useSubgroups } from "./subgroups.ts";

const swaps = ["quadSwapX", "quadSwapY", "quadSwapDiagonal"];

/**
 * Returns the row that an invocation counts as `i`: those that it loads itself come first, then those of the neighbours
 * with whom it swaps, one after the other.
 */
export function quadRow(i: number, rows: number): string {
  const own = rows / 4;
  return `row0 + ((lane & 3u) ^ ${Math.floor(i / own)}u) * ${own}u + ${i % own}u`;
}

/** Returns the left factor of whose rows each of four neighbours loads a quarter, and swaps it with the other three. */
export function swappedInQuads({ module, left, tiling, type }: ProductCode): LeftFactor {
  const own = tiling.rows / 4;
  useSubgroups(module);
  return {
    ...left,
    fragment(count, k) {
      const { statements, element } = left.fragment(count, k);
      const lines = Array.from({ length: own }, (_, i) => {
        const parts = Array.from({ length: count }, (__, kk) => element(i, kk));
        const vector = type === "f32" ? "vec4f" : "vec4i";
        const loaded = count === 1 ? parts[0]! : `${vector}(${parts.join(", ")})`;
        const swapped = swaps.map((swap, n) => `let row${(n + 1) * own + i} = ${swap}(row${i});`);
        return `let row${i} = ${loaded};\n${swapped.join("\n")}`;
      });
      return {
        statements: `${statements}\n${lines.join("\n")}`,
        element: (i, kk) => (count === 1 ? `row${i}` : `row${i}[${kk}]`),
      };
    },
  };
}
