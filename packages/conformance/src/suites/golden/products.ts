// Values of PyTorch 1.13 and NumPy: fixtures/conv_pool_gemm.py. Inputs are multiples of 1/4: sums of products are exact.
import type { DType } from "@tensorloom/tensor/backend";
import convolutions from "../../../fixtures/convolution.json" with { type: "json" };
import products from "../../../fixtures/matrix-products.json" with { type: "json" };
import pools from "../../../fixtures/pooling.json" with { type: "json" };
import { expectClose, run } from "../../compare.ts";
import type { Pair, Suite } from "../../registry.ts";
import { summed } from "../../tolerances.ts";
import { arrangedOf, numbersOf, pairsOf, type WrittenTensor } from "./values.ts";

function expectGolden(
  pair: Pair,
  actual: number[][],
  { data }: WrittenTensor,
  dtype: DType = "float32",
): void {
  // Exact but for zeros of either sign, and the division in averages.
  const tolerance = summed(dtype, 1, 1);
  expectClose(pair, actual[0]!, numbersOf(data), tolerance, "golden");
}

/** Matrix products. */
export function addGoldenProducts(gemm: Suite): void {
  for (const dtype of ["float32", "float64", "int32"] as const) {
    gemm.test(
      `golden ${dtype}`,
      async (pair) => {
        for (const { a, b, output } of products[dtype === "int32" ? "int32" : "float"]) {
          const actual = await run(pair.backend, "gemm", (place) => {
            const to = place.output(dtype, output.shape);
            const call = {
              a: place.input(arrangedOf(a, dtype)),
              b: place.input(arrangedOf(b, dtype)),
              output: to,
            };
            return { call, outputs: [to] };
          });
          expectGolden(pair, actual, output, dtype);
        }
      },
      { dtypes: [dtype] },
    );
  }
}

/** Convolutions and both gradients. */
export function addGoldenConvolutions(conv: Suite): void {
  for (const one of convolutions.cases) {
    const { strides, dilation, groups } = one;
    const geometry = { strides, dilation, groups, padding: pairsOf(one.padding) };
    conv.test(`golden ${one.name}`, async (pair) => {
      const { backend } = pair;
      const forward = await run(backend, "conv", (place) => {
        const [input, filter] = [
          place.input(arrangedOf(one.input)),
          place.input(arrangedOf(one.filter)),
        ];
        const output = place.output("float32", one.output.shape);
        return { call: { ...geometry, input, filter, output }, outputs: [output] };
      });
      expectGolden(pair, forward, one.output);
      const toInput = await run(backend, "convInputGradient", (place) => {
        const [gradient, filter] = [
          place.input(arrangedOf(one.gradient)),
          place.input(arrangedOf(one.filter)),
        ];
        const output = place.output("float32", one.input.shape);
        return { call: { ...geometry, gradient, filter, output }, outputs: [output] };
      });
      expectGolden(pair, toInput, one.inputGradient);
      const toFilter = await run(backend, "convFilterGradient", (place) => {
        const [input, gradient] = [
          place.input(arrangedOf(one.input)),
          place.input(arrangedOf(one.gradient)),
        ];
        const output = place.output("float32", one.filter.shape);
        return { call: { ...geometry, input, gradient, output }, outputs: [output] };
      });
      expectGolden(pair, toFilter, one.filterGradient);
    });
  }
}

/** Pooling and its gradient. */
export function addGoldenPooling(pool: Suite): void {
  for (const one of pools.cases) {
    const { window, strides, dilation, countPadding } = one;
    const mode = one.mode as "max" | "average";
    const geometry = {
      mode,
      window,
      strides,
      dilation,
      countPadding,
      padding: pairsOf(one.padding),
    };
    pool.test(`golden ${one.name}`, async (pair) => {
      const forward = await run(pair.backend, "pool", (place) => {
        const input = place.input(arrangedOf(one.input));
        const output = place.output("float32", one.output.shape);
        return { call: { ...geometry, input, output }, outputs: [output] };
      });
      expectGolden(pair, forward, one.output);
      const back = await run(pair.backend, "poolGradient", (place) => {
        const [input, gradient] = [
          place.input(arrangedOf(one.input)),
          place.input(arrangedOf(one.gradient)),
        ];
        const output = place.output("float32", one.input.shape);
        return { call: { ...geometry, input, gradient, output }, outputs: [output] };
      });
      expectGolden(pair, back, one.inputGradient);
    });
  }
}
