import type { Backend, KernelName, Kernels, View } from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { Placer } from "./arrangement.ts";
import type { Pair } from "./registry.ts";
import { exact, type Tolerance } from "./tolerances.ts";

/** A kernel call built for one backend, and the outputs to compare. */
export interface BuiltCall<K extends KernelName> {
  /** The kernel's argument. */
  readonly call: Parameters<Kernels[K]>[0];
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
  const [actual, expected] = await Promise.all(
    [pair.backend, pair.reference].map((backend) => run(backend, kernel, build)),
  );
  const scaled = {
    relative: tolerance.relative * pair.tolerance,
    absolute: tolerance.absolute * pair.tolerance,
  };
  expected!.forEach((values, r) => {
    const name = `${kernel} ${label}${expected!.length > 1 ? ` output ${r}` : ""}`;
    expectClose(actual![r]!, values, scaled, name);
  });
}

async function run<K extends KernelName>(
  backend: Backend,
  kernel: K,
  build: (place: Placer) => BuiltCall<K>,
): Promise<number[][]> {
  const place = new Placer(backend);
  const { call, outputs } = build(place);
  (backend[kernel] as (this: Backend, call: unknown) => void).call(backend, call);
  return Promise.all(outputs.map((output) => place.read(output)));
}

/** Expects two lists to be equal within a tolerance; names the first element that is not. */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: Tolerance,
  name: string,
): void {
  expect(actual.length, `${name}: length`).toBe(expected.length);
  const wrong = expected.findIndex((x, i) => !isClose(actual[i]!, x, tolerance));
  if (wrong < 0) return;
  const difference = Math.abs(actual[wrong]! - expected[wrong]!);
  const bound = tolerance.relative * Math.abs(expected[wrong]!) + tolerance.absolute;
  expect.fail(
    `${name}: element ${wrong} of ${expected.length}: expected ${show(expected[wrong]!)}, got ${show(actual[wrong]!)}; ` +
      `they differ by ${difference}, and ${bound} is allowed`,
  );
}

function isClose(actual: number, expected: number, { relative, absolute }: Tolerance): boolean {
  if (Object.is(actual, expected)) return true;
  if (Number.isNaN(actual) || Number.isNaN(expected)) return false;
  if (relative === 0 && absolute === 0) return false;
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return actual === expected;
  return Math.abs(actual - expected) <= relative * Math.abs(expected) + absolute;
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
