import type { Backend, CallOf, KernelName, View } from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { Placer } from "./arrangement.ts";
import type { Pair } from "./registry.ts";
import { exact, type Bound, type Tolerance } from "./tolerances.ts";

/** A kernel call built for one backend, and the outputs to compare. */
export interface BuiltCall<K extends KernelName> {
  /** The kernel's argument. */
  readonly call: CallOf<K>;
  /** What it fills. */
  readonly outputs: readonly View[];
}

/** Runs the same call on the backend and on the reference, and expects equal outputs within the tolerance. */
export async function compare<K extends KernelName>(
  pair: Pair,
  kernel: K,
  build: (place: Placer) => BuiltCall<K>,
  tolerance: Tolerance = exact,
  label = "",
): Promise<void> {
  const actual = await run(pair.backend, kernel, build);
  const expected = await run(pair.reference, kernel, build);
  expected.forEach((values, r) => {
    const name = `${kernel} ${label}${expected.length > 1 ? ` output ${r}` : ""}`;
    expectClose(pair, actual[r]!, values, tolerance, name);
  });
}

/** Runs a call on one backend, resolves to its outputs' elements, and frees all that it took. */
export async function run<K extends KernelName>(
  backend: Backend,
  kernel: K,
  build: (place: Placer) => BuiltCall<K>,
): Promise<number[][]> {
  const place = new Placer(backend);
  try {
    const { call, outputs } = build(place);
    (backend[kernel] as (this: Backend, call: unknown) => void).call(backend, call);
    return await Promise.all(outputs.map((output) => place.read(output)));
  } finally {
    place.free();
  }
}

/** Expects two lists to be equal within a tolerance; names the first element that is not. */
export function expectClose(
  { units, keepsSubnormals }: Pick<Pair, "units" | "keepsSubnormals">,
  actual: readonly number[],
  expected: readonly number[],
  tolerance: Tolerance,
  name: string,
): void {
  expect(actual.length, `${name}: length`).toBe(expected.length);
  const bound = tolerance.bound(units[tolerance.operation]);
  const isRight = (x: number, i: number): boolean =>
    isClose(actual[i]!, x, bound) || (!keepsSubnormals && isFlushed(actual[i]!, x));
  const wrong = expected.findIndex((x, i) => !isRight(x, i));
  if (wrong < 0) return;
  const difference = Math.abs(actual[wrong]! - expected[wrong]!);
  const allowed = bound.relative * Math.abs(expected[wrong]!) + bound.absolute;
  expect.fail(
    `${name}: element ${wrong} of ${expected.length}: expected ${show(expected[wrong]!)}, got ${show(actual[wrong]!)}; ` +
      `they differ by ${difference}, and ${allowed} is allowed (${tolerance.operation})`,
  );
}

function isClose(actual: number, expected: number, { relative, absolute }: Bound): boolean {
  if (Object.is(actual, expected)) return true;
  if (Number.isNaN(actual) || Number.isNaN(expected)) return false;
  if (relative === 0 && absolute === 0) return false;
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return actual === expected;
  return Math.abs(actual - expected) <= relative * Math.abs(expected) + absolute;
}

function isFlushed(actual: number, expected: number): boolean {
  return actual === 0 && Math.abs(expected) < 2 ** -126;
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
