import * as tf from "@tensorflow/tfjs-core";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { tensor, use } from "@tensorloom/tensor";
import { compare, type Row } from "./measure.ts";
import { useTfjs } from "./tfjs.ts";

/** What an operation costs beside its arithmetic: the sum of two tensors of four elements, made and disposed. */
export async function tiny(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of ["wasm", "cpu"] as const) {
    await use(name === "wasm" ? wasm() : cpu());
    await useTfjs(name);
    const [a, b] = [tensor([1, 2, 3, 4]), tensor([5, 6, 7, 8])];
    const [ta, tb] = [tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([5, 6, 7, 8])];
    rows.push(
      compare(
        "tiny",
        "add of 4 elements",
        { name, run: () => a.add(b).dispose() },
        { name: `tfjs ${name}`, run: () => tf.add(ta, tb).dispose() },
      ),
    );
    for (const x of [a, b, ta, tb]) x.dispose();
  }
  return rows;
}
