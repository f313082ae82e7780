import { expression, sizeOf, type DType, type Epilogue } from "@tensorloom/tensor/backend";
import { arrange, stretched, type Arranged, type Placer } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite, type Pair } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { exact, summed } from "../tolerances.ts";
import { addGoldenProducts } from "./golden/products.ts";
import { addRandomProducts } from "./random/folds-and-products.ts";

/** Matrix products. */
export const gemm: Suite = new Suite("gemm");

async function check(
  pair: Pair,
  a: Arranged,
  b: Arranged,
  epilogueOf?: (place: Placer, shape: readonly number[]) => Epilogue,
): Promise<void> {
  const shape = [...a.shape.slice(0, -1), b.shape.at(-1)!];
  const depth = a.shape.at(-1)!;
  const { dtype } = a;
  // Inputs are below 1 in size (128 for integers, which are exact).
  const tolerance = dtype === "int32" ? exact : summed(dtype, depth, depth + 1);
  await compare(
    pair,
    "gemm",
    (place) => {
      const output = place.output(dtype, shape);
      const epilogue = epilogueOf?.(place, shape);
      return {
        call: { a: place.input(a), b: place.input(b), output, epilogue },
        outputs: [output],
      };
    },
    tolerance,
    `[${a.shape.join()}] · [${b.shape.join()}]`,
  );
}

function matrix(
  shape: readonly number[],
  seed: number,
  dtype: DType,
  isTransposed = false,
): Arranged {
  const values = pseudoRandom(sizeOf(shape), seed, dtype);
  return arrange(values, shape, dtype, isTransposed ? "transposed" : "contiguous");
}

const sizes: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 7, 1],
  [4, 4, 4],
  [5, 8, 3],
  [1, 40, 33],
  [33, 40, 1],
  [17, 33, 65],
  [64, 64, 64],
  [81, 19, 23],
  [12, 300, 20],
  [6, 513, 9],
];

for (const dtype of ["float32", "float64", "int32"] as const) {
  for (const [transposeA, transposeB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const name = `${transposeA ? "aᵀ" : "a"}·${transposeB ? "bᵀ" : "b"}`;
    gemm.test(
      `${dtype} ${name}`,
      async (pair) => {
        for (const [m, k, n] of sizes) {
          await check(
            pair,
            matrix([m, k], 1, dtype, transposeA),
            matrix([k, n], 2, dtype, transposeB),
          );
        }
      },
      { dtypes: [dtype] },
    );
  }
}

gemm.test("empty depth gives zeros", async (pair) => {
  await check(pair, matrix([3, 0], 1, "float32"), matrix([0, 4], 2, "float32"));
});

gemm.test("batches", async (pair) => {
  await check(pair, matrix([3, 5, 7], 1, "float32"), matrix([3, 7, 4], 2, "float32"));
  await check(pair, matrix([2, 3, 5, 7], 1, "float32"), matrix([2, 3, 7, 4], 2, "float32"));
});

gemm.test("batches broadcast by stride 0", async (pair) => {
  const b = stretched(matrix([7, 4], 2, "float32"), [3, 7, 4]);
  await check(pair, matrix([3, 5, 7], 1, "float32"), b);
  const a = stretched(matrix([2, 1, 5, 7], 1, "float32"), [2, 3, 5, 7]);
  await check(pair, a, stretched(matrix([3, 7, 4], 2, "float32"), [2, 3, 7, 4]));
});

gemm.test("any strides", async (pair) => {
  for (const layout of ["inside", "reversed", "stepped"] as const) {
    const a = arrange(pseudoRandom(9 * 11, 1), [9, 11], "float32", layout);
    const b = arrange(pseudoRandom(11 * 13, 2), [11, 13], "float32", layout);
    await check(pair, a, b);
  }
});

gemm.test("epilogue: bias and activation", async (pair) => {
  const f = expression((x, bias) => x.add(bias).maximum(0));
  for (const [m, k, n] of sizes) {
    await check(
      pair,
      matrix([m, k], 1, "float32"),
      matrix([k, n], 2, "float32"),
      (place, shape) => ({
        expression: f,
        inputs: [place.input(stretched(matrix([n], 3, "float32"), shape))],
        parameters: [],
      }),
    );
  }
});

gemm.test("epilogue: alpha and beta as parameters", async (pair) => {
  const f = expression((x, c, alpha, beta) => x.mul(alpha).add(c.mul(beta)), 2);
  await check(pair, matrix([9, 20], 1, "float32"), matrix([20, 11], 2, "float32"), (place) => ({
    expression: f,
    inputs: [place.input(matrix([9, 11], 3, "float32", true))],
    parameters: [0.5, -1],
  }));
});

addRandomProducts(gemm);
addGoldenProducts(gemm);
