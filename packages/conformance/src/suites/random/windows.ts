import { sizeOf, type Backend, type WindowParameters } from "@tensorloom/tensor/backend";
import * as fc from "fast-check";
import { expect } from "vitest";
import { checkProperty, contiguous } from "../../arbitraries.ts";
import type { Arranged } from "../../arrangement.ts";
import { compare, run } from "../../compare.ts";
import type { Suite } from "../../registry.ts";
import { exact, summed } from "../../tolerances.ts";

interface Axis {
  readonly space: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: readonly [number, number];
  readonly out: number;
}

/** One axis over which a window moves, with at least one place for it. */
const axes: fc.Arbitrary<Axis> = fc
  .record({
    space: fc.integer({ min: 1, max: 7 }),
    window: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    padding: fc.tuple(fc.nat(2), fc.nat(2)),
  })
  .map(({ space, window, stride, dilation, padding }) => {
    const reach = (window - 1) * dilation + 1;
    const out = Math.floor((space + padding[0] + padding[1] - reach) / stride) + 1;
    return { space, window, stride, dilation, padding, out };
  })
  .filter(({ out }) => out > 0);

function parametersOf(list: readonly Axis[]): {
  [K in keyof WindowParameters]: fc.Arbitrary<WindowParameters[K]>;
} {
  return {
    strides: fc.constant(list.map(({ stride }) => stride)),
    dilation: fc.constant(list.map(({ dilation }) => dilation)),
    padding: fc.constant(list.map(({ padding }) => padding)),
  };
}

interface Convolution extends WindowParameters {
  readonly groups: number;
  readonly x: Arranged;
  readonly w: Arranged;
  readonly g: Arranged;
}

const convolutions: fc.Arbitrary<Convolution> = fc
  .record({
    list: fc.array(axes, { minLength: 1, maxLength: 3 }),
    batch: fc.integer({ min: 0, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    perGroup: fc.integer({ min: 1, max: 3 }),
    outPerGroup: fc.integer({ min: 1, max: 3 }),
  })
  .filter(({ list }) => list.reduce((size, { space, window }) => size * space * window, 1) < 500)
  .chain(({ list, batch, groups, perGroup, outPerGroup }) => {
    const space = list.map((axis) => axis.space);
    const window = list.map((axis) => axis.window);
    const out = list.map((axis) => axis.out);
    return fc.record({
      x: contiguous([batch, ...space, groups * perGroup], "float32"),
      w: contiguous([...window, perGroup, groups * outPerGroup], "float32"),
      g: contiguous([batch, ...out, groups * outPerGroup], "float32"),
      groups: fc.constant(groups),
      ...parametersOf(list),
    });
  });

function forward(backend: Backend, { x, w, g, ...geometry }: Convolution): Promise<number[][]> {
  return run(backend, "conv", (place) => {
    const output = place.output("float32", g.shape);
    const call = { input: place.input(x), filter: place.input(w), output, ...geometry };
    return { call, outputs: [output] };
  });
}

function toInput(backend: Backend, { x, w, g, ...geometry }: Convolution): Promise<number[][]> {
  return run(backend, "convInputGradient", (place) => {
    const output = place.output("float32", x.shape);
    const call = { gradient: place.input(g), filter: place.input(w), output, ...geometry };
    return { call, outputs: [output] };
  });
}

function toFilter(backend: Backend, { x, w, g, ...geometry }: Convolution): Promise<number[][]> {
  return run(backend, "convFilterGradient", (place) => {
    const output = place.output("float32", w.shape);
    const call = { input: place.input(x), gradient: place.input(g), output, ...geometry };
    return { call, outputs: [output] };
  });
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
}

/** Random convolutions of whole numbers: exact. */
export function addRandomConvolutions(conv: Suite): void {
  const kernels = { forward, "input gradient": toInput, "filter gradient": toFilter };
  for (const [name, kernel] of Object.entries(kernels)) {
    conv.test(`random ${name}`, async (pair) => {
      await checkProperty(convolutions, async (call) => {
        // A zero's sign is left open: an empty sum is 0, and 0 times -1 is -0.
        const [actual, expected] = await Promise.all([
          kernel(pair.backend, call),
          kernel(pair.reference, call),
        ]);
        expect(actual[0]!.map((x) => x + 0)).toEqual(expected[0]!.map((x) => x + 0));
      });
    });
  }

  conv.test("gradients are adjoints", async ({ backend }) => {
    // <conv(x, w), g> = <x, inputGradient(g, w)> = <w, filterGradient(x, g)>: no other backend is needed to see it.
    await checkProperty(convolutions, async (call) => {
      const [y] = await forward(backend, call);
      const [dx] = await toInput(backend, call);
      const [dw] = await toFilter(backend, call);
      const expected = product(y!, call.g.physical);
      expect(product(dx!, call.x.physical), "input gradient").toBe(expected);
      expect(product(dw!, call.w.physical), "filter gradient").toBe(expected);
    });
  });
}

/** Random pooling, with ties. */
export function addRandomPooling(pool: Suite): void {
  const pools = fc
    .record({
      list: fc.array(axes, { minLength: 1, maxLength: 3 }),
      batch: fc.integer({ min: 0, max: 2 }),
      channels: fc.integer({ min: 1, max: 3 }),
      mode: fc.constantFrom("max" as const, "average" as const),
      countPadding: fc.boolean(),
    })
    // As in PyTorch: a window is never all padding.
    .filter(({ list }) => list.every(isAlwaysInside))
    .chain(({ list, batch, channels, mode, countPadding }) => {
      const inShape = [batch, ...list.map(({ space }) => space), channels];
      const outShape = [batch, ...list.map(({ out }) => out), channels];
      return fc.record({
        x: contiguous(inShape, "float32", { size: 2 }),
        g: contiguous(outShape, "float32"),
        window: fc.constant(list.map(({ window }) => window)),
        mode: fc.constant(mode),
        countPadding: fc.constant(countPadding),
        ...parametersOf(list),
      });
    });

  pool.test("random", async (pair) => {
    await checkProperty(pools, async ({ x, g, ...parameters }) => {
      const terms = sizeOf(parameters.window);
      const tolerance = parameters.mode === "max" ? exact : summed("float32", terms, 2);
      await compare(
        pair,
        "pool",
        (place) => {
          const output = place.output("float32", g.shape);
          return { call: { ...parameters, input: place.input(x), output }, outputs: [output] };
        },
        tolerance,
      );
    });
  });

  pool.test("random gradient", async (pair) => {
    await checkProperty(pools, async ({ x, g, ...parameters }) => {
      const terms = sizeOf(parameters.window);
      await compare(
        pair,
        "poolGradient",
        (place) => {
          const output = place.output("float32", x.shape);
          const call = { ...parameters, input: place.input(x), gradient: place.input(g), output };
          return { call, outputs: [output] };
        },
        // Whole numbers, so exact but for the division; zeros of either sign.
        summed("float32", terms, 8),
      );
    });
  });
}

function isAlwaysInside({ space, window, stride, dilation, padding, out }: Axis): boolean {
  return Array.from({ length: out }, (_, o) => o * stride - padding[0]).every((start) =>
    Array.from({ length: window }, (_, t) => start + t * dilation).some((x) => x >= 0 && x < space),
  );
}
