import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { sizeOf, type ScanCall } from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { asRows, fromRows } from "./rows.ts";
import { tensorOf } from "./views.ts";

/**
 * Returns running sums or products of floats along an axis; undefined of nothing. Its own take one direction for the other once both
 * have run: here there is one.
 */
export function scan(tf: Tf, call: ScanCall): TfTensor | undefined {
  const { operator, input, axis, exclusive, reverse } = call;
  if (sizeOf(input.shape) === 0) return undefined;
  const turned = (rows: TfTensor): TfTensor => (reverse ? tf.reverse(rows, 1) : rows);
  const rows = turned(asRows(tf, tensorOf(tf, input), axis));
  const run = operator === "sum" ? tf.cumsum : tf.cumprod;
  const running = run(exclusive ? shifted(tf, rows, operator === "sum" ? 0 : 1) : rows, 1);
  return fromRows(tf, turned(running), input.shape, axis);
}

/** Puts a number before each row, and leaves its last element out. */
function shifted(tf: Tf, rows: TfTensor, first: number): TfTensor {
  const [count, length] = rows.shape as [number, number];
  const rest = tf.slice(rows, [0, 0], [count, length - 1]);
  return tf.pad(rest, [[0, 0], [1, 0]], first); // prettier-ignore
}
