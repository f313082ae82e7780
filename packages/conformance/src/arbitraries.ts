import { newTypedArray, sizeOf, type DType } from "@tensorloom/tensor/backend";
import * as fc from "fast-check";
import type { Arranged } from "./arrangement.ts";
import { pseudoRandom } from "./samples.ts";

/** Shapes of up to `maxRank` axes and 120 elements: scalars, zero sizes, ones, odd and prime sizes. */
export function shapes(maxRank = 4): fc.Arbitrary<number[]> {
  const size = fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 12, arbitrary: fc.integer({ min: 2, max: 7 }) },
    { weight: 2, arbitrary: fc.constantFrom(11, 17, 33) },
  );
  return fc.array(size, { maxLength: maxRank }).filter((shape) => sizeOf(shape) <= 120);
}

/** How one axis of a view lies in memory. */
interface AxisLayout {
  readonly isReversed: boolean;
  readonly step: number;
  readonly isStretched: boolean;
}

/** What the elements of a view are: whole numbers within `size`, so that sums and products of some are exact in float32. */
export interface ElementChoice {
  /** The largest magnitude; bools ignore it, and uint8 has no negative ones. */
  readonly size: number;
  /** Special values that are strewn in. */
  readonly special?: readonly number[];
}

/**
 * Views of a given shape: their axes in any order in memory, reversed, in steps of 2, or stretched by stride 0, at an
 * offset into a larger storage. What lies between belongs to nobody, and is random too.
 */
export function views(
  shape: readonly number[],
  dtype: DType,
  { size, special = [] }: ElementChoice = { size: 8 },
): fc.Arbitrary<Arranged> {
  const axis = fc.record({
    isReversed: fc.boolean(),
    step: fc.constantFrom(1, 1, 2),
    isStretched: fc.constantFrom(false, false, false, true),
  });
  const rank = shape.length;
  return fc
    .record({
      axes: fc.array(axis, { minLength: rank, maxLength: rank }),
      order: fc.shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: rank, maxLength: rank },
      ),
      margin: fc.nat(5),
      seed: fc.nat(1000),
    })
    .map(({ axes, order, margin, seed }) =>
      layOut(shape, dtype, axes, order, margin, (count) => {
        const values = pseudoRandom(count, seed + 1).map((x) => element(x, dtype, size));
        special.forEach((value, i) => {
          if (count > 0) values[(i * 7 + seed) % count] = value;
        });
        return values;
      }),
    );
}

function element(x: number, dtype: DType, size: number): number {
  if (dtype === "bool") return Number(x > 0);
  const whole = Math.trunc(x * (size + 1)) + 0;
  return dtype === "uint8" ? Math.abs(whole) : whole;
}

function layOut(
  shape: readonly number[],
  dtype: DType,
  axes: readonly AxisLayout[],
  order: readonly number[],
  margin: number,
  valuesOf: (count: number) => readonly number[],
): Arranged {
  const strides = shape.map(() => 0);
  let offset = margin;
  let length = 1;
  for (const axis of order) {
    const { isReversed, step, isStretched } = axes[axis]!;
    if (isStretched) continue;
    const stride = length * step;
    strides[axis] = isReversed ? -stride : stride;
    if (isReversed) offset += stride * Math.max(0, shape[axis]! - 1);
    length = stride * Math.max(1, shape[axis]!);
  }
  const physical = newTypedArray(dtype, length + 2 * margin);
  physical.set(valuesOf(physical.length));
  return { dtype, shape, strides, offset, physical };
}

/** Contiguous views, for the kernels that take no others. */
export function contiguous(
  shape: readonly number[],
  dtype: DType,
  { size }: ElementChoice = { size: 8 },
): fc.Arbitrary<Arranged> {
  return fc.nat(1000).map((seed) => {
    const count = sizeOf(shape);
    const values = pseudoRandom(count, seed + 1).map((x) => element(x, dtype, size));
    const axes = shape.map(() => ({ isReversed: false, step: 1, isStretched: false }));
    const order = shape.map((_, i) => i).toReversed();
    return layOut(shape, dtype, axes, order, 0, () => values);
  });
}

/**
 * Runs a property with the suite's fixed seed, or with TENSORLOOM_SEED; a failure prints the seed and the path to the
 * smallest counterexample. A found one becomes a test of its own.
 */
export async function checkProperty<T>(
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => Promise<void>,
  numRuns = 60,
): Promise<void> {
  const { process } = globalThis as { process?: { env: Record<string, string | undefined> } };
  const seed = Number(process?.env["TENSORLOOM_SEED"] ?? 20_240_601);
  await fc.assert(fc.asyncProperty(arbitrary, property), { seed, numRuns });
}
