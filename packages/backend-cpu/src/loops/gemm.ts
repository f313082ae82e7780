import { sizeOf, type Epilogue, type GemmCall, type View } from "@tensorloom/tensor/backend";
import { elementsOf } from "../host-storage.ts";
import { map } from "./map.ts";
import { multiplyFloats, multiplyIntegers, type Matrix } from "./matrix-product.ts";

/** Computes `c = a · b` (or `c += a · b`) of matrices; what a faster backend puts in place of the loops. */
export type Multiply = (a: View, b: View, c: View, options: { readonly isSum: boolean }) => void;

/** Multiplies `[m, k]` by `[k, n]` in plain TypeScript. */
export function multiply(a: View, b: View, c: View, options: { readonly isSum: boolean }): void {
  const [m, k] = a.shape as readonly [number, number];
  const n = b.shape[1]!;
  const product = c.dtype === "int32" ? multiplyIntegers : multiplyFloats;
  product(matrixOf(a), matrixOf(b), matrixOf(c), m, n, k, options.isSum);
}

function matrixOf(view: View): Matrix {
  const { array, offset } = elementsOf(view);
  return { array, offset, rowStride: view.strides[0]!, columnStride: view.strides[1]! };
}

/** Runs a gemm call with a product of two matrices: one product a batch entry, then the epilogue in place. */
export function gemm(
  call: GemmCall,
  product: Multiply = multiply,
  applyMap: typeof map = map,
): void {
  const { a, b, output, epilogue } = call;
  const batch = output.shape.slice(0, -2);
  const count = sizeOf(batch);
  const coordinates = batch.map(() => 0);
  for (let entry = 0; entry < count; entry++) {
    const options = { isSum: false };
    product(
      matrixAt(a, coordinates),
      matrixAt(b, coordinates),
      matrixAt(output, coordinates),
      options,
    );
    for (let axis = batch.length - 1; axis >= 0; axis--) {
      if (++coordinates[axis]! < batch[axis]!) break;
      coordinates[axis] = 0;
    }
  }
  if (epilogue !== undefined) applyEpilogue(epilogue, output, applyMap);
}

/** The last two axes of `view` at the given place of the leading ones. */
function matrixAt(view: View, coordinates: readonly number[]): View {
  let { offset } = view;
  coordinates.forEach((coordinate, axis) => (offset += coordinate * view.strides[axis]!));
  const { storage, dtype } = view;
  return { storage, dtype, offset, shape: view.shape.slice(-2), strides: view.strides.slice(-2) };
}

/** Replaces each result by the epilogue of it. Elementwise, so it may read and write the same memory. */
export function applyEpilogue(epilogue: Epilogue, output: View, applyMap: typeof map): void {
  applyMap({
    expression: epilogue.expression,
    inputs: [output, ...epilogue.inputs],
    parameters: epilogue.parameters,
    outputs: [output],
  });
}
