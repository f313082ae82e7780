import { describe, expect, test } from "vitest";
import type { Backend, View } from "../backend/contract.ts";
import type { DType, TypedArray } from "../dtype.ts";
import { bytesPerElement, dtypeOfTypedArray } from "../dtype.ts";
import { expression } from "../expression/expression.ts";
import { contiguousStrides, sizeOf } from "../shape.ts";
import { reference } from "./reference-backend.ts";

const backend: Backend = reference();

function view(data: TypedArray, shape: readonly number[]): View {
  const storage = backend.allocate(data.byteLength);
  backend.write(storage, data);
  const strides = contiguousStrides(shape);
  return { storage, dtype: dtypeOfTypedArray(data), offset: 0, shape, strides };
}

function empty(dtype: DType, shape: readonly number[]): View {
  const storage = backend.allocate(sizeOf(shape) * bytesPerElement(dtype));
  return { storage, dtype, offset: 0, shape, strides: contiguousStrides(shape) };
}

function valuesOf({ storage, dtype, offset, shape }: View): number[] {
  return [...backend.readSync!(storage, dtype, offset, sizeOf(shape))];
}

const floats = (...numbers: number[]): Float32Array => Float32Array.from(numbers);
const integers = (...numbers: number[]): Int32Array => Int32Array.from(numbers);
const inPlace = { strides: [1], dilation: [1], padding: [[0, 0]] } as const;

// Each expected value here is worked out by hand: these are the cases by which the reference itself is trusted.
describe("reference", () => {
  test("map evaluates each element, with its index and parameters, through any strides", () => {
    const x = view(floats(1, 2, 3, 4, 5, 6), [2, 3]);
    const transposed = { ...x, shape: [3, 2], strides: [1, 3] };
    const reversed = { ...x, shape: [3, 2], strides: [0, -1], offset: 5 };
    const output = empty("float32", [3, 2]);
    const f = expression((a, b, p) => a.mul(10).add(b).add(p), 1);
    backend.map({
      expression: f,
      inputs: [transposed, reversed],
      parameters: [100],
      outputs: [output],
    });
    expect(valuesOf(output)).toEqual([116, 145, 126, 155, 136, 165]);
  });

  test("reduce folds an expression over some axes", () => {
    const x = view(floats(1, 2, 3, 4, 5, 6), [2, 3]);
    const common = { inputs: [x], parameters: [], sourceDType: "float32" } as const;
    const square = expression((a) => a.mul(a));
    const rows = empty("float32", [2, 1]);
    backend.reduce({ ...common, operator: "sum", expression: square, axes: [1], output: rows });
    expect(valuesOf(rows)).toEqual([14, 77]);
    const columns = empty("int32", [1, 3]);
    const negated = expression((a) => a.neg());
    backend.reduce({
      ...common,
      operator: "argmax",
      expression: negated,
      axes: [0],
      output: columns,
    });
    expect(valuesOf(columns)).toEqual([0, 0, 0]);
  });

  test("reduce takes a million values", () => {
    const one = { ...view(floats(2), [1]), shape: [200_000], strides: [0] };
    const output = empty("float32", [1]);
    const call = {
      inputs: [one],
      parameters: [],
      sourceDType: "float32",
      axes: [0],
      output,
    } as const;
    backend.reduce({ ...call, operator: "max", expression: expression((a) => a) });
    expect(valuesOf(output)).toEqual([2]);
  });

  test("gemm multiplies matrices, integers wrap, and the epilogue comes last", () => {
    const a = view(integers(1, 2, 3, 4), [2, 2]);
    const b = view(integers(5, 6, 7, 2147483647), [2, 2]);
    const output = empty("int32", [2, 2]);
    const bias = { ...view(integers(100, 200), [2]), shape: [2, 2], strides: [0, 1] };
    const epilogue = { expression: expression((x, y) => x.add(y)), inputs: [bias], parameters: [] };
    backend.gemm({ a, b, output, epilogue });
    expect(valuesOf(output)).toEqual([119, 204, 143, 214]);
  });

  test("conv correlates, and its gradients are its adjoints", () => {
    const input = view(floats(1, 2, 3, 4), [1, 4, 1]);
    const filter = view(floats(10, 1), [2, 1, 1]);
    const forward = empty("float32", [1, 3, 1]);
    backend.conv({ input, filter, output: forward, groups: 1, ...inPlace });
    expect(valuesOf(forward)).toEqual([12, 23, 34]);
    const gradient = view(floats(1, 0, 2), [1, 3, 1]);
    const toInput = empty("float32", [1, 4, 1]);
    backend.convInputGradient({ gradient, filter, output: toInput, groups: 1, ...inPlace });
    expect(valuesOf(toInput)).toEqual([10, 1, 20, 2]);
    const toFilter = empty("float32", [2, 1, 1]);
    backend.convFilterGradient({ input, gradient, output: toFilter, groups: 1, ...inPlace });
    expect(valuesOf(toFilter)).toEqual([7, 10]);
  });

  test("pool and its gradient", () => {
    const input = view(floats(1, 5, 5, 2), [1, 4, 1]);
    const gradient = view(floats(1, 10), [1, 2, 1]);
    const window = { window: [2], strides: [2], dilation: [1], padding: [[0, 0]] } as const;
    const pooled = empty("float32", [1, 2, 1]);
    const back = empty("float32", [1, 4, 1]);
    const max = { ...window, mode: "max", countPadding: false, input } as const;
    backend.pool({ ...max, output: pooled });
    backend.poolGradient({ ...max, gradient, output: back });
    expect(valuesOf(pooled)).toEqual([5, 5]);
    expect(valuesOf(back)).toEqual([0, 1, 10, 0]);
    backend.pool({ ...max, mode: "average", output: pooled });
    backend.poolGradient({ ...max, mode: "average", gradient, output: back });
    expect(valuesOf(pooled)).toEqual([3, 3.5]);
    expect(valuesOf(back)).toEqual([0.5, 0.5, 5, 5]);
  });

  test("gather, scatterAdd, scan and sort", () => {
    const input = view(floats(1, 2, 3), [3]);
    const indices = view(integers(2, 0, 2, 2), [4]);
    const picked = empty("float32", [4]);
    backend.gather({ input, indices, axis: 0, output: picked });
    expect(valuesOf(picked)).toEqual([3, 1, 3, 3]);
    const sums = view(floats(100, 100, 100), [3]);
    backend.scatterAdd({ updates: picked, indices, axis: 0, output: sums });
    expect(valuesOf(sums)).toEqual([101, 100, 109]);
    const scanned = empty("float32", [3]);
    const scan = { operator: "sum", input, axis: 0, output: scanned } as const;
    backend.scan({ ...scan, exclusive: true, reverse: true });
    expect(valuesOf(scanned)).toEqual([5, 3, 0]);
    const unsorted = view(floats(2, NaN, -1, 2), [4]);
    const order = empty("int32", [4]);
    backend.sort({ input: unsorted, axis: 0, descending: true, values: picked, indices: order });
    expect(valuesOf(picked)).toEqual([2, 2, -1, NaN]);
    expect(valuesOf(order)).toEqual([0, 3, 2, 1]);
  });

  test("memory that was freed cannot be used", () => {
    const x = view(floats(1), [1]);
    backend.free(x.storage);
    expect(() => valuesOf(x)).toThrow("freed");
  });
});
