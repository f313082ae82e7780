// Gradients through autograd: the analytic ones on the backend under test, beside central differences in float64 on the
// reference.
import { grad, tensor, tidy, valueAndGrad, withBackend, type Tensor } from "@tensorloom/tensor";
import type { Backend } from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { Suite, type ConformanceTest } from "../registry.ts";
import { uniformSamples } from "../samples.ts";
import { gradientCases, type GradientCase } from "./gradient-cases.ts";

/** Gradients of operations. */
export const gradients: Suite = new Suite("gradients");

type FloatDType = "float32" | "float64";

const step = 1e-5;
/** Central differences err by step² / 6 times the third derivative, of size 100 at most here, and by rounding of 1e-16 / step. */
const bound64 = 1e-6;
/** Chains of some twenty roundings, of functions that are precise to 8 units, with condition 10. */
const bound32 = 20 * 10 * 8 * 2 ** -23;

/** The sum of the result's elements, each with a weight of its own, so that errors cannot cancel. */
function weighed(y: Tensor): Tensor {
  const weights = Float64Array.from({ length: y.size }, (_, i) => Math.cos(0.37 * i + 0.2));
  return y.mul(tensor(weights, { shape: y.shape, dtype: y.dtype as FloatDType })).sum();
}

/** The sum of the gradients' elements, each weighed: its gradient is that of the gradient. */
function weighedGradients(f: GradientCase["f"]): GradientCase["f"] {
  return (...xs) => {
    const numbers = xs.map((_, n) => n);
    return grad(
      (...args) => weighed(f(...args)),
      numbers,
    )(...xs)
      .map((g) => weighed(g))
      .reduce((total, part) => total.add(part));
  };
}

const inputsOf = ({ shapes, range }: GradientCase): Float64Array[] =>
  shapes.map((shape, n) =>
    uniformSamples(
      shape.reduce((size, length) => size * length, 1),
      40 + n,
      range,
    ),
  );

/** By case: each run of the suite in this process needs the same differences. */
const known = new Map<string, Float64Array[]>();

function differences(
  reference: Backend,
  one: GradientCase,
  loss: GradientCase["f"],
): Float64Array[] {
  const inputs = inputsOf(one);
  const lossAt = (values: readonly Float64Array[]): number =>
    tidy(() => loss(...values.map((data, n) => tensor(data, { shape: one.shapes[n]! }))).item());
  return withBackend(reference, () =>
    inputs.map((data, n) =>
      data.map((_, i) => {
        const [above, below] = [step, -step].map((by) => {
          const moved = data.slice();
          moved[i]! += by;
          return lossAt(inputs.map((other, k) => (k === n ? moved : other)));
        });
        return (above! - below!) / (2 * step);
      }),
    ),
  );
}

async function analytic(
  backend: Backend,
  one: GradientCase,
  loss: GradientCase["f"],
  dtype: FloatDType,
): Promise<Float64Array[]> {
  const results = withBackend(backend, () => {
    const xs = inputsOf(one).map((data, n) => tensor(data, { shape: one.shapes[n]!, dtype }));
    const { value, gradients: found } = valueAndGrad(loss)(...xs);
    for (const x of [value, ...xs]) x.dispose();
    return found;
  });
  const data = await Promise.all(results.map((x) => x.data()));
  for (const x of results) x.dispose();
  return data.map((list) => Float64Array.from(list));
}

function addTest(name: string, one: GradientCase, loss: GradientCase["f"]): void {
  const run: ConformanceTest["run"] = async ({ backend, reference }) => {
    const dtype = backend.dtypes.includes("float64") ? "float64" : "float32";
    const expected = known.get(name) ?? differences(reference, one, loss);
    known.set(name, expected);
    const actual = await analytic(backend, one, loss, dtype);
    expected.forEach((list, n) => {
      const largest = list.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
      list.forEach((x, i) => {
        const allowed = dtype === "float64" ? bound64 * (1 + Math.abs(x)) : bound32 * largest;
        const difference = Math.abs(actual[n]![i]! - x);
        if (difference <= allowed) return;
        expect.fail(
          `gradient of ${name}, argument ${n}, element ${i}: expected ${x}, got ${actual[n]![i]}; ` +
            `they differ by ${difference}, and ${allowed} is allowed`,
        );
      });
    });
  };
  gradients.test(name, run, { host: one.host });
}

for (const one of gradientCases) {
  const { name, f } = one;
  addTest(name, one, (...xs) => weighed(f(...xs)));
  if (one.second) addTest(`${name}, second`, one, weighedGradients(f));
}
