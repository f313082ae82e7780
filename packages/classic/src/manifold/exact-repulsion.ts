import { tensor, type CustomKernel } from "@tensorloom/tensor";
import { computed } from "../host-elements.ts";
import { callsOverRows, classicModule } from "../wasm/module.ts";

// What fills up to whole vectors lies so far away that its q is nothing, and its q² zero.
const far = 1e15;
const lanes = 4;

/** From points by coordinate, `[width, all]`, to what pushes each of `count` away, and the sum of its q: `[count, width + 1]`. */
const repulsion: CustomKernel = {
  name: "tsneRepulsion",
  host([points], [forces]) {
    const [width, all] = points!.shape as [number, number];
    const count = forces!.shape[0]!;
    const from = points!.data;
    const to = forces!.data;
    const differences = new Float64Array(width);
    to.fill(0);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < i; j++) {
        let distance = 1;
        for (let c = 0; c < width; c++) {
          const difference = from[c * all + i]! - from[c * all + j]!;
          differences[c] = difference;
          distance += difference * difference;
        }
        const q = 1 / distance;
        const [own, other] = [i * (width + 1), j * (width + 1)];
        for (let c = 0; c < width; c++) {
          const force = q * q * differences[c]!;
          to[own + c]! += force;
          to[other + c]! -= force;
        }
        to[own + width]! += q;
        to[other + width]! += q;
      }
    }
  },
  wasm: {
    module: classicModule,
    plan([points], [forces], _, threads) {
      const [width, all] = points!.shape as [number, number];
      if (width !== 2) return undefined;
      const { address } = points!;
      const calls = callsOverRows(forces!.shape[0]!, 2 * all, threads, (first, count) => [
        address,
        address + all * 4,
        forces!.address + first * 12,
        all,
        first,
        count,
      ]);
      return { run: "repel", calls };
    },
  },
};

/**
 * Writes what pushes each point away, `Σ q² (point - other)` with `q = 1 / (1 + distance²)`, into `forces [count, width]`, and
 * resolves to the sum of all q: all pairs, in float32.
 */
export async function exactRepulsion(
  points: Float64Array,
  width: number,
  forces: Float64Array,
): Promise<number> {
  const count = points.length / width;
  const all = Math.ceil(count / lanes) * lanes;
  const planes = new Float32Array(width * all).fill(far);
  for (let i = 0, at = 0; i < count; i++) {
    for (let c = 0; c < width; c++) planes[c * all + i] = points[at++]!;
  }
  const input = tensor(planes, { shape: [width, all] });
  const shape = [count, width + 1];
  const [found] = await computed(repulsion, [input], [{ shape, dtype: "float32" }]);
  input.dispose();
  let total = 0;
  for (let i = 0, at = 0; i < count; i++) {
    for (let c = 0; c < width; c++) forces[i * width + c] = found![at++]!;
    total += found![at++]!;
  }
  return total;
}
