import { cpu } from "@tensorloom/backend-cpu";
import { matmul, random, use } from "@tensorloom/tensor";
import { blockedGemm } from "./blocked-gemm.ts";

for (const backend of [cpu(), blockedGemm()]) {
  await use(backend);
  const a = random.uniform([256, 256], { seed: 1 });
  matmul(a, a).dispose();
  const start = performance.now();
  for (let i = 0; i < 20; i++) matmul(a, a).dispose();
  const each = (performance.now() - start) / 20;
  const speed = (2 * 256 ** 3) / each / 1e6;
  process.stdout.write(
    `${backend.name.padEnd(8)} 256 x 256: ${each.toFixed(2)} ms, ${speed.toFixed(2)} GFLOP/s\n`,
  );
}
