import { customKernel, tensor } from "@tensorloom/tensor";

/** Writes `[points, width + 1]`: what pushes each point away, and the sum of its q, the own one left out. */
const repulsion = customKernel({
  name: "tsneRepulsion",
  host([points], [forces]) {
    const [count, width] = points!.shape as [number, number];
    const from = points!.data;
    const to = forces!.data;
    const differences = new Float64Array(width);
    to.fill(0);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < i; j++) {
        let distance = 1;
        for (let c = 0; c < width; c++) {
          const difference = from[i * width + c]! - from[j * width + c]!;
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
});

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
  const input = tensor(points, { shape: [count, width], dtype: "float32" });
  const [output] = repulsion([input], [{ shape: [count, width + 1], dtype: "float32" }]);
  const found = await output!.data();
  input.dispose();
  output!.dispose();
  let total = 0;
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < width; c++) forces[i * width + c] = found[i * (width + 1) + c]!;
    total += found[i * (width + 1) + width]!;
  }
  return total;
}
