import type { CustomKernel, Tensor } from "@tensorloom/tensor";
import { computed } from "../host-elements.ts";
import { callsOverRows, classicModule } from "../wasm/module.ts";

const kernel: CustomKernel = {
  name: "nearestTwo",
  host([products], [labels, gaps]) {
    const [rows, columns] = products!.shape as [number, number];
    const values = products!.data;
    for (let row = 0, at = 0; row < rows; row++) {
      let best = Infinity;
      let second = Infinity;
      let label = 0;
      for (let c = 0; c < columns; c++) {
        const value = values[at++]!;
        if (value < best) {
          second = best;
          best = value;
          label = c;
        } else if (value < second) {
          second = value;
        }
      }
      labels!.data[row] = label;
      gaps!.data[row] = second - best;
    }
  },
  wasm: {
    module: classicModule,
    plan([products], [labels, gaps], _, threads) {
      if (products!.dtype !== "float32") return undefined;
      const [rows, columns] = products!.shape as [number, number];
      const calls = callsOverRows(rows, columns, threads, (first, count) => [
        products!.address + first * columns * 4,
        labels!.address + first * 4,
        gaps!.address + first * 4,
        count,
        columns,
      ]);
      return { run: "nearestTwo", calls };
    },
  },
};

/**
 * Resolves to where the least number of each row is, and by how much the second least exceeds it (Infinity if there is none,
 * not a number where some are not).
 *
 * @param products - `[rows, columns]`, float32
 */
export async function nearestTwo(
  products: Tensor,
): Promise<{ labels: Int32Array; gaps: Float32Array }> {
  const shape = [products.shape[0]!];
  const [labels, gaps] = await computed(kernel, [products], [{ shape, dtype: "int32" }, { shape, dtype: "float32" }]); // prettier-ignore
  return { labels: labels as Int32Array, gaps: gaps as Float32Array };
}
