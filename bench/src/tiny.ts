import * as tf from "@tensorflow/tfjs-core";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { tensor, use } from "@tensorloom/tensor";
import { compare, type Row, type Settings } from "./measure.ts";
import { useTfjs } from "./peers/tfjs.ts";

/** What an operation costs beside its arithmetic: the sum of two tensors of four elements, made and disposed. */
export async function tiny(settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of ["wasm", "cpu"] as const) {
    await use(name === "wasm" ? wasm({ threads: settings.threads }) : cpu());
    await useTfjs(name);
    const [a, b] = [tensor([1, 2, 3, 4]), tensor([5, 6, 7, 8])];
    const [ta, tb] = [tf.tensor1d([1, 2, 3, 4]), tf.tensor1d([5, 6, 7, 8])];
    const ours = { name, run: () => a.add(b).dispose() };
    const peer = { name: `tfjs ${name}`, run: () => tf.add(ta, tb).dispose() };
    rows.push(...(await compare("tiny", "add of 4 elements", settings, ours, [peer])));
    for (const x of [a, b, ta, tb]) x.dispose();
  }
  return rows;
}
