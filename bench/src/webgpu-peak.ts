import { webgpu } from "@tensorloom/backend-gpu";
import { conv2d, random, use, type Tensor } from "@tensorloom/tensor";
import { nodeGpu } from "./peers/node-gpu.ts";

const rounds = 9;

/**
 * Prints what the adapter reaches in float32 products and convolutions, in TFLOP/s and as a share of its peak, before and
 * after `tune()`; and what that found, to be kept.
 *
 * @param peak - TFLOP/s that the vendor states for float32; undefined to print no share
 */
export async function webgpuPeak(peak: number | undefined): Promise<void> {
  const found = await nodeGpu();
  if (found === undefined) {
    console.info("webgpu-peak: left out, since there is no adapter");
    return;
  }
  const backend = webgpu({ device: found.device });
  await use(backend);
  const isSoftware = backend.info().features.includes("software");
  const cases: { readonly name: string; readonly work: number; readonly run: () => Tensor }[] = [];
  for (const size of isSoftware ? [512, 1024] : [1024, 2048, 4096]) {
    const a = random.uniform([size, size], { seed: 1, low: -1 });
    const b = random.uniform([size, size], { seed: 2, low: -1 });
    cases.push({ name: `${size}²`, work: 2 * size ** 3, run: () => a.matmul(b) });
  }
  const [batch, channels] = isSoftware ? [1, 128] : [32, 256];
  const x = random.uniform([batch, 28, 28, channels], { seed: 1, low: -1 });
  const w = random.uniform([3, 3, channels, channels], { seed: 2, low: -1 });
  const work = 2 * batch * 28 ** 2 * 9 * channels ** 2;
  const name = `3x3 28² ${channels}, batch ${batch}`;
  cases.push({ name, work, run: () => conv2d(x, w, { padding: "same" }) });
  const table: Record<string, string | number>[] = [];
  for (const when of ["as it begins", "tuned"]) {
    if (when === "tuned") console.info(`tuning: ${JSON.stringify(await backend.tune())}`);
    for (const one of cases) {
      const ms = await medianMs(one.run, () => backend.synchronize());
      const reached = one.work / ms / 1e9;
      const share = peak === undefined ? "" : `${((100 * reached) / peak).toPrecision(3)} %`;
      table.push({ case: one.name, when, ms: ms.toPrecision(3), "TFLOP/s": reached.toPrecision(3), "of the peak": share }); // prettier-ignore
    }
  }
  console.info(found.info);
  console.table(table);
}

async function medianMs(run: () => Tensor, finish: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    run().dispose();
    await finish();
    // The first one compiles.
    if (round > 0) times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!;
}
