import { ArgumentError } from "@tensorloom/tensor";

/**
 * What lies beyond an image's border, OpenCV's names: `"reflect101"` mirrors around the outermost pixels (gfedcb|abcdefgh),
 * `"reflect"` repeats them (fedcba|abcdefgh), `"replicate"` repeats the outermost alone, `"wrap"` begins again at the other
 * side, `"constant"` is one value.
 */
export type Border = "reflect101" | "reflect" | "replicate" | "constant" | "wrap";

/** How operations that look beyond the border take it. */
export interface BorderOptions {
  /** What lies beyond the border; `"reflect101"` by default. */
  readonly border?: Border;
  /** The value there, for `"constant"`; 0 by default. */
  readonly value?: number;
}

const borders: Readonly<Record<Border, (i: number, size: number) => number>> = {
  reflect101: (i, size) => {
    if (size === 1) return 0;
    const place = modulo(i, 2 * (size - 1));
    return place < size ? place : 2 * (size - 1) - place;
  },
  reflect: (i, size) => {
    const place = modulo(i, 2 * size);
    return place < size ? place : 2 * size - 1 - place;
  },
  replicate: (i, size) => Math.min(Math.max(i, 0), size - 1),
  wrap: modulo,
  constant: () => -1,
};

/** Returns the element that stands at place `i` of an axis, which may be outside; -1 for the constant. */
export function borderIndex(border: Border, i: number, size: number): number {
  return i >= 0 && i < size ? i : borders[border](i, size);
}

/** Returns the options, checked and filled in. */
export function borderOf(
  operation: string,
  { border = "reflect101", value = 0 }: BorderOptions,
): Required<BorderOptions> {
  if (Object.hasOwn(borders, border)) return { border, value };
  throw new ArgumentError(
    `${operation}: border: expected one of ${Object.keys(borders).join(", ")}, got ${String(border)}`,
  );
}

function modulo(i: number, n: number): number {
  return ((i % n) + n) % n;
}
