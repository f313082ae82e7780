import { cpu } from "@tensorloom/backend-cpu";
import {
  bytesPerElement,
  contiguousStrides,
  deriveBackend,
  sizeOf,
  type Backend,
  type GemmCall,
  type TypedArray,
  type View,
} from "@tensorloom/tensor/backend";

const tile = 32;

/** A matrix inside a storage. */
interface Matrix {
  readonly data: TypedArray;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

/** Returns a backend that is `cpu` but for its matrix product, which works on tiles that stay in the cache. */
export function blockedGemm(): Backend {
  const base = cpu();

  /** Yields each matrix of a stack. */
  function* matricesOf(view: View): Generator<Matrix> {
    const data = base.hostMemory!(view.storage, view.dtype);
    const batch = view.shape.slice(0, -2);
    const [rowStride, columnStride] = view.strides.slice(-2) as [number, number];
    const places = contiguousStrides(batch);
    for (let i = 0; i < sizeOf(batch); i++) {
      // Strides may be 0 or negative: the batch axes are walked by coordinates.
      const offset = batch.reduce(
        (at, size, axis) => at + (Math.floor(i / places[axis]!) % size) * view.strides[axis]!,
        view.offset,
      );
      yield { data, offset, rowStride, columnStride };
    }
  }

  function multiplyStacks(a: View, b: View, output: View): void {
    const [m, k] = a.shape.slice(-2) as [number, number];
    const n = b.shape.at(-1)!;
    const [left, right] = [matricesOf(a), matricesOf(b)];
    for (const c of matricesOf(output)) {
      multiply(left.next().value as Matrix, right.next().value as Matrix, c, m, n, k);
    }
  }

  return deriveBackend(base, {
    name: "blocked",
    gemm(call: GemmCall) {
      const { a, b, output, epilogue } = call;
      // Integers wrap, which takes another multiplication.
      if (output.dtype === "int32") return base.gemm(call);
      if (epilogue === undefined) return multiplyStacks(a, b, output);
      // An epilogue reads the product and writes the output: they must not be the same memory.
      const storage = base.allocate(sizeOf(output.shape) * bytesPerElement(output.dtype));
      const product = { ...output, storage, offset: 0 };
      multiplyStacks(a, b, product);
      const { expression, inputs, parameters } = epilogue;
      base.map({ expression, inputs: [product, ...inputs], parameters, outputs: [output] });
      base.free(storage);
    },
  });
}

/** c = a · b, tile by tile; sums are kept in float64. */
function multiply(a: Matrix, b: Matrix, c: Matrix, m: number, n: number, k: number): void {
  const sums = new Float64Array(tile * tile);
  for (let top = 0; top < m; top += tile) {
    for (let left = 0; left < n; left += tile) {
      const rows = Math.min(tile, m - top);
      const columns = Math.min(tile, n - left);
      sums.fill(0);
      for (let depth = 0; depth < k; depth++) {
        for (let i = 0; i < rows; i++) {
          const x = a.data[a.offset + (top + i) * a.rowStride + depth * a.columnStride]!;
          let from = b.offset + depth * b.rowStride + left * b.columnStride;
          for (let j = 0; j < columns; j++, from += b.columnStride) {
            sums[i * tile + j]! += x * b.data[from]!;
          }
        }
      }
      for (let i = 0; i < rows; i++) {
        const to = c.offset + (top + i) * c.rowStride + left;
        for (let j = 0; j < columns; j++) c.data[to + j] = sums[i * tile + j]!;
      }
    }
  }
}
