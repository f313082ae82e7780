import { contiguousStrides, type View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { candidates, type Tuning } from "../device/tuning.ts";
import { gemm } from "./gemm.ts";

const rounds = 3;

/**
 * Times a product of square matrices with each way to cut it, and returns the fastest: the median of three rounds, after one
 * that compiles.
 *
 * @param withTuning - returns the executor with another tuning
 * @param finish - resolves when the device has done all
 */
export async function fastestTuning(
  withTuning: (tuning: Tuning) => Executor,
  finish: () => Promise<void>,
): Promise<Tuning> {
  let best = candidates[0]!;
  let least = Infinity;
  for (const tuning of candidates) {
    const executor = withTuning(tuning);
    if (tuning.sharing === "quad" && executor.traits.lanes < 4) continue;
    const size = executor.traits.isSoftware ? 256 : 2048;
    const shape = [size, size];
    const storages = [0, 1, 2].map(() => executor.allocate(4 * size * size));
    const [a, b, output] = storages.map((storage): View => {
      return { storage, dtype: "float32", shape, strides: contiguousStrides(shape), offset: 0 };
    });
    const times: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const start = performance.now();
      gemm(executor, { a: a!, b: b!, output: output! });
      await finish();
      if (round > 0) times.push(performance.now() - start);
    }
    for (const storage of storages) executor.free(storage);
    const median = times.toSorted((x, y) => x - y)[Math.floor(rounds / 2)]!;
    if (median < least) [best, least] = [tuning, median];
  }
  return best;
}
