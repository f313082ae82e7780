// Values and gradients of NumPy and PyTorch: fixtures/tensor_operations.py.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

interface Values {
  dtype: tl.DType;
  shape: number[];
  data: (number | string)[];
}
interface Case {
  name: string;
  inputs: Values[];
  arguments: unknown[];
  results: Values[];
  gradient?: Values;
  gradients?: Values[];
}
const golden = JSON.parse(
  readFileSync(new URL("fixtures/operations.json", import.meta.url), "utf8"),
) as { cases: Case[]; files: Record<string, string> };

const numbersOf = ({ data }: Values): number[] =>
  data.map((x) =>
    typeof x === "number" ? x : Number(x.replace("inf", "Infinity").replace("nan", "NaN")),
  );
const tensorOf = (values: Values): tl.Tensor =>
  tl.tensor(numbersOf(values), { dtype: values.dtype }).reshape(values.shape);

/** Calls of operations that take or give more than tensors first. */
const calls: Record<string, (xs: tl.Tensor[], rest: never[]) => tl.Tensor | tl.Tensor[]> = {
  einsum: (xs, [subscripts]) => tl.einsum(subscripts!, ...xs),
  norm: ([x], [axis, options]) =>
    tl.norm(x!, axis ?? undefined, withNumbers(options as tl.NormOptions | undefined)),
  variance: ([x], [axis, options]) => tl.variance(x!, axis ?? undefined, options),
  std: ([x], [axis, options]) => tl.std(x!, axis ?? undefined, options),
  unique: ([x]) => Object.values(tl.unique(x!)),
  qr: ([x], [options]) => Object.values(tl.qr(x!, options)),
  "qr.q": ([x]) => tl.qr(x!).q,
  "qr.r": ([x]) => tl.qr(x!).r,
  "svd.s": ([x]) => tl.svd(x!).s,
  "eigh.eigenvalues": ([x]) => tl.eigh(x!).eigenvalues,
  "eigh.vectors squared": ([x]) =>
    tl.eigh(x!.add(x!.swapAxes(-1, -2)).mul(0.5)).eigenvectors.square(),
};
for (const rank of [1, 2, 3] as const) {
  calls[`convTranspose${rank}d`] = ([x, w, bias], [options]) =>
    tl[`convTranspose${rank}d`](x!, w!, { ...(options as unknown as object), bias: bias! });
}

function withNumbers(options: tl.NormOptions | undefined): tl.NormOptions {
  return options?.ord === undefined
    ? {}
    : { ord: Number(String(options.ord).replace("inf", "Infinity")) };
}

function call(one: Case, xs: tl.Tensor[]): tl.Tensor[] {
  const own = calls[one.name];
  const result =
    own === undefined
      ? (tl[one.name as "tile"] as (...args: unknown[]) => tl.Tensor)(...xs, ...one.arguments)
      : own(xs, one.arguments as never[]);
  return Array.isArray(result) ? result : [result];
}

/**
 * Both compute in float64, in another order: some hundred roundings of 1e-16 in what is at most well conditioned. What
 * integers give is rounded to float32 once more.
 */
function expectClose(actual: tl.Tensor, expected: Values, within = 1e-10): void {
  expect(actual.shape).toEqual(expected.shape);
  const bound = expected.dtype === "float32" ? 2 ** -23 : within;
  const data = actual.dataSync();
  numbersOf(expected).forEach((x, i) => {
    if (Number.isFinite(x)) {
      expect(Math.abs(data[i]! - x), `element ${i}`).toBeLessThanOrEqual(bound * (1 + Math.abs(x)));
    } else {
      expect(data[i], `element ${i}`).toBe(x);
    }
  });
}

// PyTorch takes coordinates and weights of interpolation in float32 for some modes.
const boundOf = (name: string): number => (name === "resize" ? 2e-7 : 1e-10);

for (const name of new Set(golden.cases.map((one) => one.name))) {
  describe(name, () => {
    for (const [i, one] of golden.cases.filter((each) => each.name === name).entries()) {
      const shapes = one.inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
      test(`${i}: ${shapes} ${JSON.stringify(one.arguments)}`, () => {
        const xs = one.inputs.map(tensorOf);
        const results = call(one, xs);
        expect(results.length).toBe(one.results.length);
        results.forEach((y, k) => expectClose(y, one.results[k]!, boundOf(name)));
        if (one.gradient === undefined) return;
        const { pullback } = tl.vjp((...args) => call(one, args)[0]!, ...xs);
        const gradients = pullback(tensorOf(one.gradient));
        gradients.forEach((g, k) => expectClose(g, one.gradients![k]!, 10 * boundOf(name)));
      });
    }
  });
}

describe("files that NumPy wrote", () => {
  const bytesOf = (name: string): Uint8Array =>
    new Uint8Array(Buffer.from(golden.files[name]!, "base64"));
  const counting = [0, 1, 2, 3, 4, 5];
  for (const name of Object.keys(golden.files).filter((key) => /^[<>|].* c$/.test(key))) {
    test(name, async () => {
      const x = await tl.loadNpy(bytesOf(name));
      expect(x.shape).toEqual([2, 3]);
      const expected = name.startsWith("|b1") ? counting.map((n) => Math.min(n, 1)) : counting;
      expect(Array.from(x.dataSync())).toEqual(expected);
    });
  }
  test("column-major, scalar, empty", async () => {
    const x = await tl.loadNpy(bytesOf("<f4 fortran"));
    expect(x.shape).toEqual([2, 3]);
    expect(Array.from(x.dataSync())).toEqual(counting);
    expect((await tl.loadNpy(bytesOf("<f4 scalar"))).item()).toBe(7);
    expect((await tl.loadNpy(bytesOf("<f4 empty"))).shape).toEqual([0, 4]);
  });
  test("archives, stored and deflated", async () => {
    const stored = await tl.loadNpz(bytesOf("npz"));
    expect(stored["x"]!.toString()).toBe("[[0, 1, 2],\n [3, 4, 5]]");
    expect(stored["y"]!.item()).toBe(2);
    const compressed = await tl.loadNpz(bytesOf("npz compressed"));
    expect(compressed["zeros"]!.shape).toEqual([1000]);
  });
  test("objects and complex numbers are refused", async () => {
    for (const name of ["object", "complex"]) {
      await expect(tl.loadNpy(bytesOf(name))).rejects.toMatchObject({ code: "FORMAT" });
    }
  });
});
