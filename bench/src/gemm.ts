import * as tf from "@tensorflow/tfjs-core";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { matmul, random, tidy, use } from "@tensorloom/tensor";
import { checkEqual } from "./check.ts";
import { compare, type Row } from "./measure.ts";
import { useTfjs } from "./tfjs.ts";

const sizes = { wasm: [128, 256, 512, 1024], cpu: [128, 256, 512] } as const;

/** Square float32 products, `wasm` beside tfjs's WASM backend and `cpu` beside its JavaScript backend. */
export async function gemm(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of ["wasm", "cpu"] as const) {
    await use(name === "wasm" ? wasm() : cpu());
    await useTfjs(name);
    for (const size of sizes[name]) rows.push(square(name, size));
  }
  return rows;
}

function square(backend: "wasm" | "cpu", size: number): Row {
  const a = random.uniform([size, size], { seed: 1, low: -1 });
  const b = random.uniform([size, size], { seed: 2, low: -1 });
  const [ta, tb] = [a, b].map((x) => tf.tensor2d(x.dataSync() as Float32Array, [size, size]));
  checkEqual(
    `gemm ${size}`,
    tidy(() => matmul(a, b).dataSync()),
    tf.tidy(() => tf.matMul(ta!, tb!).dataSync()),
    size,
  );
  const row = compare(
    "gemm",
    `${size} x ${size}`,
    { name: backend, run: () => matmul(a, b).dispose() },
    {
      name: `tfjs ${backend}`,
      run: () => {
        // tfjs's WASM backend computes at once; its JavaScript backend too.
        tf.matMul(ta!, tb!).dispose();
      },
    },
  );
  for (const x of [a, b, ta!, tb!]) x.dispose();
  return row;
}
