import type { WindowParameters } from "../backend/contract.ts";
import { coordinatesOf } from "./elements.ts";

/** Yields each tap of the window of one output place, and the place in the input's space, inside it or not. */
export function* placesUnderWindow(
  { strides, dilation, padding }: WindowParameters,
  window: readonly number[],
  outPlace: readonly number[],
): Generator<{ readonly tap: readonly number[]; readonly place: readonly number[] }> {
  for (const tap of coordinatesOf(window)) {
    const place = tap.map(
      (t, axis) => outPlace[axis]! * strides[axis]! + t * dilation[axis]! - padding[axis]![0],
    );
    yield { tap, place };
  }
}
