import type { GatherCall, ScanCall, ScatterAddCall, SortCall } from "../backend/contract.ts";
import { isFloating } from "../dtype.ts";
import { coordinatesOf, Elements, Sums } from "./elements.ts";

function withCoordinate(at: readonly number[], axis: number, value: number): number[] {
  return at.map((c, a) => (a === axis ? value : c));
}

/** Yields the first coordinates of every line along `axis`; none where the lines are empty. */
function linesOf(shape: readonly number[], axis: number): Iterable<readonly number[]> {
  return coordinatesOf(withCoordinate(shape, axis, Math.min(1, shape[axis]!)));
}

/** Picks by index. */
export function gather({ input, indices, axis, output }: GatherCall): void {
  const from = new Elements(input);
  const where = new Elements(indices);
  const to = new Elements(output);
  for (const at of coordinatesOf(output.shape)) {
    to.set(at, from.get(withCoordinate(at, axis, where.get(at))));
  }
}

/** Adds by index: to what the output holds, in float64, rounded at the end. */
export function scatterAdd({ indices, updates, axis, output }: ScatterAddCall): void {
  const before = new Elements(output);
  const from = new Elements(updates);
  const where = new Elements(indices);
  const sums = new Sums(output.shape);
  for (const at of coordinatesOf(output.shape)) sums.add(at, before.get(at));
  for (const at of coordinatesOf(updates.shape)) {
    sums.add(withCoordinate(at, axis, where.get(at)), from.get(at));
  }
  sums.storeIn(output);
}

/** Accumulates along an axis; integers wrap. */
export function scan({ operator, input, axis, exclusive, reverse, output }: ScanCall): void {
  const from = new Elements(input);
  const to = new Elements(output);
  const length = input.shape[axis]!;
  const isInteger = !isFloating(output.dtype);
  for (const line of linesOf(input.shape, axis)) {
    let total = operator === "sum" ? 0 : 1;
    for (let k = 0; k < length; k++) {
      const at = withCoordinate(line, axis, reverse ? length - 1 - k : k);
      const x = from.get(at);
      const before = total;
      if (operator === "sum") total = isInteger ? (total + x) | 0 : total + x;
      else total = isInteger ? Math.imul(total, x) : total * x;
      to.set(at, exclusive ? before : total);
    }
  }
}

/** Sorts values with their places; equal ones keep their order, and NaN comes last. */
export function sort({ input, axis, descending, values, indices }: SortCall): void {
  const from = new Elements(input);
  const toValues = values && new Elements(values);
  const toIndices = indices && new Elements(indices);
  for (const line of linesOf(input.shape, axis)) {
    const members = Array.from({ length: input.shape[axis]! }, (_, index) => ({
      index,
      value: from.get(withCoordinate(line, axis, index)),
    }));
    const numbers = members.filter(({ value }) => !Number.isNaN(value));
    // Array.prototype.sort is stable.
    numbers.sort((a, b) => {
      const order = a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
      return descending ? -order : order;
    });
    const sorted = [...numbers, ...members.filter(({ value }) => Number.isNaN(value))];
    sorted.forEach(({ value, index }, k) => {
      toValues?.set(withCoordinate(line, axis, k), value);
      toIndices?.set(withCoordinate(line, axis, k), index);
    });
  }
}
