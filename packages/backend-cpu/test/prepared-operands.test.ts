import * as tl from "@tensorloom/tensor";
import { expression, type Backend, type View } from "@tensorloom/tensor/backend";
import { describe, expect, test } from "vitest";
import { wasm } from "../src/index.ts";

const identity = expression((x) => x);
const backend: Backend = wasm({ threads: 1 });
await tl.use(backend);

const input = [1, 8, 8, 16];
// More channels than are convolved where they lie.
const filter = [3, 3, 16, 24];
const out = [1, 8, 8, 24];
const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
const draw = (shape: number[], seed: number): Float32Array =>
  tl.tidy(() => tl.random.normal(shape, { seed }).dataSync() as Float32Array);

function view(shape: readonly number[], values: Float32Array): View {
  const storage = backend.allocate(values.byteLength);
  backend.write(storage, values);
  const strides = shape.map((_, axis) => size(shape.slice(axis + 1)));
  return { storage, dtype: "float32", offset: 0, shape, strides };
}

function convolve(x: View, w: View): Float32Array {
  const output = view(out, new Float32Array(size(out)));
  const around = [1, 1] as const;
  const window = { strides: [1, 1], dilation: [1, 1], padding: [around, around], groups: 1 };
  backend.conv({ input: x, filter: w, output, ...window });
  const result = backend.readSync!(output.storage, "float32", 0, size(out)) as Float32Array;
  backend.free(output.storage);
  return result;
}

describe("operands that are kept prepared", () => {
  const x = draw(input, 1);
  const first = draw(filter, 2);
  const second = draw(filter, 3);

  const writes: Readonly<Record<string, (w: View) => void>> = {
    "is written": (w) => backend.write(w.storage, second),
    "is the output of a map": (w) => {
      const source = view(filter, second);
      backend.map({ expression: identity, inputs: [source], parameters: [], outputs: [w] });
    },
    "is reached as host memory": (w) => {
      (backend as unknown as { hostMemory(s: unknown, d: string): Float32Array })
        .hostMemory(w.storage, "float32")
        .set(second);
    },
  };

  test.each(Object.keys(writes))("are prepared again when their memory %s", (how) => {
    const [a, w] = [view(input, x), view(filter, first)];
    const before = convolve(a, w);
    for (let i = 0; i < 3; i++) expect(convolve(a, w)).toEqual(before);
    writes[how]!(w);
    const after = convolve(a, view(filter, second));
    expect(after).not.toEqual(before);
    for (let i = 0; i < 3; i++) expect(convolve(a, w)).toEqual(after);
  });

  test("are given up with them", () => {
    const a = view(input, x);
    // Where a block of two megabytes fits: it moves up if something stays.
    const probe = (): number => {
      const storage = backend.allocate(2 ** 21) as unknown as { address: number };
      backend.free(storage as never);
      return storage.address;
    };
    const cycle = (): void => {
      const w = view(filter, first);
      for (let i = 0; i < 3; i++) convolve(a, w);
      backend.free(w.storage);
    };
    cycle();
    const before = probe();
    for (let i = 0; i < 50; i++) cycle();
    expect(probe()).toBe(before);
  });

  test("make room when memory is short", () => {
    const used = (): number => {
      try {
        backend.allocate(2 ** 32);
      } catch (error) {
        return Number(/(\d+) bytes are in use/.exec((error as Error).message)![1]);
      }
      return Number.NaN;
    };
    const [a, w] = [view(input, x), view(filter, first)];
    const before = used();
    for (let i = 0; i < 3; i++) convolve(a, w);
    expect(used()).toBe(before);
    expect(convolve(a, w)).toEqual(convolve(a, view(filter, first)));
  });

  test("are not taken for another form of the same filter", () => {
    // The same filter by Winograd's algorithm and, of fewer positions, as a product.
    const [large, w] = [view(input, x), view(filter, first)];
    const small = tl.tensor(x.subarray(0, 256), { shape: [1, 4, 4, 16] });
    const onSmall = (): ArrayLike<number> =>
      tl.tidy(() => {
        const output = view([1, 4, 4, 24], new Float32Array(384));
        const around = [1, 1] as const;
        const window = { strides: [1, 1], dilation: [1, 1], padding: [around, around], groups: 1 };
        backend.conv({ input: small, filter: w, output, ...window });
        return backend.readSync!(output.storage, "float32", 0, 384);
      });
    const expected = [convolve(large, w), onSmall()];
    for (let i = 0; i < 3; i++) expect(convolve(large, w)).toEqual(expected[0]);
    for (let i = 0; i < 3; i++) expect(onSmall()).toEqual(expected[1]);
    for (let i = 0; i < 3; i++) expect([convolve(large, w), onSmall()]).toEqual(expected);
  });

  test("of a product are packed again when they are written", () => {
    const a = tl.tensor(x.subarray(0, 320), { shape: [10, 32] });
    const b = tl.tensor(first.subarray(0, 1024), { shape: [32, 32] });
    const run = (): ArrayLike<number> => tl.tidy(() => tl.matmul(a, b).dataSync());
    const before = run();
    for (let i = 0; i < 3; i++) expect(run()).toEqual(before);
    backend.write(b.storage, second.subarray(0, 1024));
    const fresh = tl.tensor(second.subarray(0, 1024), { shape: [32, 32] });
    const expected = tl.tidy(() => tl.matmul(a, fresh).dataSync());
    for (let i = 0; i < 3; i++) expect(run()).toEqual(expected);
  });

  test("follow a parameter that is assigned", () => {
    const parameter = new tl.Parameter(tl.tensor(first, { shape: filter }), "w");
    const image = tl.tensor(x, { shape: input });
    const run = (): ArrayLike<number> =>
      tl.tidy(() => tl.conv2d(image, parameter.value, { padding: 1 }).dataSync());
    const before = run();
    expect(run()).toEqual(before);
    expect(run()).toEqual(before);
    parameter.assign(tl.tensor(second, { shape: filter }));
    const expected = tl.tidy(() =>
      tl.conv2d(image, tl.tensor(second, { shape: filter }), { padding: 1 }).dataSync(),
    );
    for (let i = 0; i < 3; i++) expect(run()).toEqual(expected);
  });
});
