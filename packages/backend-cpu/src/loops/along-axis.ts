// Kernels along one axis: gather, scatterAdd, scan, sort.
import {
  contiguousStrides,
  type GatherCall,
  type ScanCall,
  type ScatterAddCall,
  type SortCall,
  type View,
} from "@tensorloom/tensor/backend";
import { elementsOf } from "../host-storage.ts";

/** Visits the elements of `shape` in row-major order with their offsets under each of several strides. */
function eachElement(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (offsets: readonly number[], position: number) => void,
): void {
  const offsets = strides.map(() => 0);
  const coordinates = shape.map(() => 0);
  const count = shape.reduce((size, n) => size * n, 1);
  for (let position = 0; position < count; position++) {
    visit(offsets, position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const wraps = ++coordinates[axis]! === shape[axis]!;
      for (let v = 0; v < offsets.length; v++) {
        offsets[v]! += wraps ? strides[v]![axis]! * (1 - shape[axis]!) : strides[v]![axis]!;
      }
      if (!wraps) break;
      coordinates[axis] = 0;
    }
  }
}

function without(list: readonly number[], axis: number): number[] {
  return list.map((value, i) => (i === axis ? 0 : value));
}

/** Picks elements by index. */
export function gather({ input, indices, axis, output }: GatherCall): void {
  const from = elementsOf(input);
  const where = elementsOf(indices);
  const to = elementsOf(output);
  const step = input.strides[axis]!;
  const strides = [without(input.strides, axis), indices.strides];
  eachElement(output.shape, strides, ([base, index], position) => {
    const at = where.array[where.offset + index!]! * step;
    to.array[to.offset + position] = from.array[from.offset + base! + at]!;
  });
}

/** Adds elements by index, in row-major order of the updates. */
export function scatterAdd({ indices, updates, axis, output }: ScatterAddCall): void {
  const from = elementsOf(updates);
  const where = elementsOf(indices);
  const to = elementsOf(output);
  const step = output.strides[axis]!;
  const strides = [without(output.strides, axis), indices.strides, updates.strides];
  eachElement(updates.shape, strides, ([base, index, source]) => {
    const at = to.offset + base! + where.array[where.offset + index!]! * step;
    to.array[at]! += from.array[from.offset + source!]!;
  });
}

/** Visits each line along `axis`: where it begins in each view. */
function eachLine(
  shape: readonly number[],
  axis: number,
  views: readonly Pick<View, "strides">[],
  visit: (offsets: readonly number[]) => void,
): void {
  const lines = shape.map((size, i) => (i === axis ? Math.min(1, size) : size));
  eachElement(
    lines,
    views.map((view) => view.strides),
    visit,
  );
}

/** Accumulates along an axis; floats in float64. */
export function scan({ operator, input, axis, exclusive, reverse, output }: ScanCall): void {
  const from = elementsOf(input);
  const to = elementsOf(output);
  const length = input.shape[axis]!;
  const inStep = input.strides[axis]!;
  const outStep = output.strides[axis]!;
  const isFloat = output.dtype === "float32" || output.dtype === "float64";
  const combine = (total: number, x: number): number => {
    if (operator === "sum") return isFloat ? total + x : (total + x) | 0;
    return isFloat ? total * x : Math.imul(total, x);
  };
  eachLine(input.shape, axis, [input, output], ([source, target]) => {
    let total = operator === "sum" ? 0 : 1;
    for (let k = 0; k < length; k++) {
      const i = reverse ? length - 1 - k : k;
      const x = from.array[from.offset + source! + i * inStep]!;
      const next = combine(total, x);
      to.array[to.offset + target! + i * outStep] = exclusive ? total : next;
      total = next;
    }
  });
}

/** Sorts along an axis: stable, NaN last. */
export function sort({ input, axis, descending, values, indices }: SortCall): void {
  const from = elementsOf(input);
  const length = input.shape[axis]!;
  const inStep = input.strides[axis]!;
  const line = new Float64Array(length);
  const sign = descending ? -1 : 1;
  const compare = (i: number, j: number): number => {
    const x = line[i]!;
    const y = line[j]!;
    if (x < y) return -sign;
    if (x > y) return sign;
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || i - j;
  };
  const outStrides = contiguousStrides(input.shape);
  const outStep = outStrides[axis]!;
  const toValues = values && elementsOf(values);
  const toIndices = indices && elementsOf(indices);
  const order = new Uint32Array(length);
  eachLine(input.shape, axis, [input, { strides: outStrides }], ([source, target]) => {
    for (let i = 0; i < length; i++) {
      line[i] = from.array[from.offset + source! + i * inStep]!;
      order[i] = i;
    }
    order.sort(compare);
    for (let i = 0; i < length; i++) {
      const at = target! + i * outStep;
      if (toValues !== undefined) toValues.array[toValues.offset + at] = line[order[i]!]!;
      if (toIndices !== undefined) toIndices.array[toIndices.offset + at] = order[i]!;
    }
  });
}
