import type { PoolCall, PoolGradientCall, PoolParameters } from "../backend/contract.ts";
import { coordinatesOf, Elements, Sums } from "./elements.ts";
import { largest } from "./elementwise.ts";
import { placesUnderWindow } from "./window.ts";

/** Returns the input's elements under the window of one output element, and what a mean divides by. */
function windowAt(
  call: PoolParameters,
  shape: readonly number[],
  at: readonly number[],
): { readonly places: readonly (readonly number[])[]; readonly divisor: number } {
  const space = shape.slice(1, -1);
  const places: number[][] = [];
  let counted = 0;
  for (const { place } of placesUnderWindow(call, call.window, at.slice(1, -1))) {
    // A window may reach beyond the padding (ceilMode); what lies there is not counted, as in PyTorch.
    if (place.every((x, axis) => x < space[axis]! + call.padding[axis]![1])) counted++;
    if (place.every((x, axis) => x >= 0 && x < space[axis]!)) {
      places.push([at[0]!, ...place, at.at(-1)!]);
    }
  }
  return { places, divisor: call.countPadding ? counted : places.length };
}

/** Pools by definition. */
export function pool(call: PoolCall): void {
  const from = new Elements(call.input);
  const to = new Elements(call.output);
  for (const at of coordinatesOf(call.output.shape)) {
    const { places, divisor } = windowAt(call, call.input.shape, at);
    const values = places.map((place) => from.get(place));
    const sum = values.reduce((total, x) => total + x, 0);
    to.set(at, call.mode === "max" ? largest(values) : sum / divisor);
  }
}

/** Gives each output's gradient to its first winner, or evenly to all. */
export function poolGradient(call: PoolGradientCall): void {
  const from = new Elements(call.input);
  const passed = new Elements(call.gradient);
  const sums = new Sums(call.output.shape);
  for (const at of coordinatesOf(call.gradient.shape)) {
    const { places, divisor } = windowAt(call, call.input.shape, at);
    const gradient = passed.get(at);
    if (call.mode === "average") {
      for (const place of places) sums.add(place, gradient / divisor);
      continue;
    }
    const values = places.map((place) => from.get(place));
    const firstNaN = values.findIndex(Number.isNaN);
    const winner = places[firstNaN >= 0 ? firstNaN : values.indexOf(largest(values))];
    if (winner !== undefined) sums.add(winner, gradient);
  }
  sums.storeIn(call.output);
}
