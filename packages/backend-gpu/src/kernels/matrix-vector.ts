import { expression, type GemmCall } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { reduce } from "./reduce.ts";
import { reshaped } from "./reshaped.ts";

const multiplied = expression((x, y) => x.mul(y));

/**
 * Multiplies a matrix by one column, or one row by a matrix, as a fold over the depth: it waits for memory alone, and a fold's
 * neighbours read neighbours, which a tile's would not.
 */
export function multiplyVector(executor: Executor, { a, b, output }: GemmCall): void {
  const lead = output.shape.length - 2;
  const isColumn = output.shape.at(-1) === 1;
  // The vector, spread over the matrix.
  const { shape } = isColumn ? a : b;
  const [aRow, aDepth] = a.strides.slice(-2) as [number, number];
  const [bDepth, bColumn] = b.strides.slice(-2) as [number, number];
  const left = isColumn ? [aRow, aDepth] : [aDepth, 0];
  const right = isColumn ? [0, bDepth] : [bDepth, bColumn];
  reduce(executor, {
    operator: "sum",
    expression: multiplied,
    inputs: [
      reshaped(a, shape, [...a.strides.slice(0, lead), ...left]),
      reshaped(b, shape, [...b.strides.slice(0, lead), ...right]),
    ],
    parameters: [],
    sourceDType: output.dtype,
    axes: [isColumn ? lead + 1 : lead],
    output,
  });
}
