import { currentBackend, keep, tensor, type CustomKernel, type Tensor } from "@tensorloom/tensor";
import { computed } from "../host-elements.ts";
import type { SampleMatrix } from "../inputs.ts";
import { squaredDistance } from "../neighbors/metric.ts";
import { callsOverRows, classicModule } from "../wasm/module.ts";

/** From `x [rows, columns]` and `centers [count, columns]`, float64, to their squared distances `[count, rows]`. */
const kernel: CustomKernel = {
  name: "squaredDistances",
  host([x, centers], [out]) {
    const [rows, columns] = x!.shape as [number, number];
    const count = centers!.shape[0]!;
    const [samples, others] = [x!.data as Float64Array, centers!.data as Float64Array];
    for (let c = 0, at = 0; c < count; c++) {
      for (let i = 0; i < rows; i++) {
        out!.data[at++] = squaredDistance(samples, i, others, c, columns);
      }
    }
  },
  wasm: {
    module: classicModule,
    plan([x, centers], [out], _, threads) {
      const [rows, columns] = x!.shape as [number, number];
      const count = centers!.shape[0]!;
      const calls = callsOverRows(rows, count * columns, threads, (first, own) => [
        x!.address + first * columns * 8,
        centers!.address,
        out!.address + first * 8,
        own,
        columns,
        count,
        rows,
      ]);
      return { run: "squaredDistances", calls };
    },
  },
};

/** Measures all samples from some points, over and over, in float64: the same bits on every backend. */
export class SquaredDistances {
  readonly #samples: SampleMatrix;
  /** The samples on the backend, if it has float64. */
  readonly #x: Tensor | undefined;

  /** @param samples - kept, not copied */
  constructor(samples: SampleMatrix) {
    const { data, rows, columns } = samples;
    this.#samples = samples;
    if (currentBackend().dtypes.includes("float64")) {
      this.#x = keep(tensor(data, { shape: [rows, columns] }));
    }
  }

  /** Resolves to the squared distances to some points, `[points, samples]`. */
  async to(points: Float64Array): Promise<Float64Array> {
    const { data, rows, columns } = this.#samples;
    const count = points.length / columns;
    const shape = [count, rows];
    if (this.#x === undefined) {
      const out = new Float64Array(count * rows);
      const given = [{ data, shape: [rows, columns] }, { data: points, shape: [count, columns] }]; // prettier-ignore
      kernel.host!(given, [{ data: out, shape }], []);
      return out;
    }
    const centers = tensor(points, { shape: [count, columns] });
    const [found] = await computed(kernel, [this.#x, centers], [{ shape, dtype: "float64" }]);
    centers.dispose();
    return found as Float64Array;
  }

  /** Frees the tensor that it keeps. */
  dispose(): void {
    this.#x?.dispose();
  }
}
