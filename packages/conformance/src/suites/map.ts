import {
  Expr,
  Expression,
  expression,
  type BinaryOperator,
  type DType,
  type UnaryOperator,
} from "@tensorloom/tensor/backend";
import { arrange, layouts, stretched, type Arranged } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite, type Pair } from "../registry.ts";
import { allPairs, pseudoRandom, specialValues, subnormalFloats } from "../samples.ts";
import { approximated, chained, exact, rounded, type Tolerance } from "../tolerances.ts";
import { addGoldenFunctions } from "./golden/functions.ts";
import { addRandomMaps } from "./random/map.ts";

/** Elementwise programs. */
export const map: Suite = new Suite("map");

async function check(
  pair: Pair,
  f: Expression,
  inputs: readonly Arranged[],
  outputs: readonly DType[],
  options: {
    readonly parameters?: readonly number[];
    readonly tolerance?: Tolerance;
    readonly shape?: readonly number[];
  } = {},
): Promise<void> {
  const shape = options.shape ?? inputs[0]!.shape;
  await compare(
    pair,
    "map",
    (place) => {
      const out = outputs.map((dtype) => place.output(dtype, shape));
      const views = inputs.map((input) => place.input(input));
      return {
        call: { expression: f, inputs: views, parameters: options.parameters ?? [], outputs: out },
        outputs: out,
      };
    },
    options.tolerance ?? exact,
  );
}

const exactUnary: readonly UnaryOperator[] = [
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
];
const approximatedUnary: readonly UnaryOperator[] = [
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "sigmoid",
  "erf",
];
const roundedBinary: readonly BinaryOperator[] = ["add", "sub", "mul", "div"];
const exactBinary: readonly BinaryOperator[] = [
  "remainder",
  "floorDivide",
  "minimum",
  "maximum",
  "equal",
  "less",
  "lessEqual",
];
const approximatedBinary: readonly BinaryOperator[] = ["pow", "atan2"];
const integerBinary: readonly BinaryOperator[] = [
  "add",
  "sub",
  "mul",
  "remainder",
  "floorDivide",
  "pow",
  "minimum",
  "maximum",
  "equal",
  "less",
  "lessEqual",
  "and",
  "or",
  "xor",
];
const comparisons: ReadonlySet<string> = new Set(["equal", "less", "lessEqual"]);
const floats: readonly DType[] = ["float32", "float64"];

function unary(kind: UnaryOperator): Expression {
  return new Expression([new Expr(kind, [Expr.input(0)])], 1);
}

function binary(kind: BinaryOperator): Expression {
  return new Expression([new Expr(kind, [Expr.input(0), Expr.input(1)])], 2);
}

for (const dtype of floats) {
  const toleranceOf = (kind: UnaryOperator | BinaryOperator): Tolerance => {
    if (kind === "sqrt" || roundedBinary.includes(kind as BinaryOperator)) return rounded(dtype);
    const isExact = [...exactUnary, ...exactBinary].includes(kind);
    return isExact ? exact : approximated(dtype);
  };
  for (const kind of [...exactUnary, "sqrt" as const, ...approximatedUnary]) {
    map.test(
      `${kind} ${dtype}`,
      async (pair) => {
        const values = [...specialValues(dtype), ...pseudoRandom(200, 1).map((x) => x * 10)];
        const tolerance = toleranceOf(kind);
        await check(pair, unary(kind), [arrange(values, [values.length], dtype)], [dtype], {
          tolerance,
        });
      },
      { dtypes: [dtype] },
    );
  }
  for (const kind of [
    "expm1",
    "log1p",
    "sin",
    "tan",
    "asin",
    "atan",
    "sinh",
    "tanh",
    "erf",
  ] as const) {
    // The sign shows in the infinity that its reciprocal is.
    const reciprocal = expression((x) => Expr.constant(1).div(new Expr(kind, [x])));
    map.test(
      `${kind} ${dtype}: zeros keep their signs`,
      async (pair) => {
        const zeros = arrange([0, -0, 0, -0, -0], [5], dtype);
        await check(pair, reciprocal, [zeros], [dtype]);
      },
      { dtypes: [dtype] },
    );
  }
  for (const kind of [...roundedBinary, ...exactBinary, ...approximatedBinary]) {
    map.test(
      `${kind} ${dtype}`,
      async (pair) => {
        const [a, b] = allPairs(specialValues(dtype), specialValues(dtype));
        const inputs = [a, b].map((values) => arrange(values, [values.length], dtype));
        const output = comparisons.has(kind) ? "bool" : dtype;
        const tolerance = toleranceOf(kind);
        await check(pair, binary(kind), inputs, [output], { tolerance });
      },
      { dtypes: [dtype] },
    );
  }
}

for (const dtype of ["int32", "uint8"] as const) {
  for (const kind of integerBinary) {
    map.test(`${kind} ${dtype}`, async (pair) => {
      const [a, b] = allPairs(specialValues(dtype), specialValues(dtype));
      const inputs = [a, b].map((values) => arrange(values, [values.length], dtype));
      await check(pair, binary(kind), inputs, [comparisons.has(kind) ? "bool" : dtype]);
    });
  }
  for (const kind of ["neg", "abs", "sign", "not"] as const) {
    map.test(`${kind} ${dtype}`, async (pair) => {
      const values = specialValues(dtype);
      await check(pair, unary(kind), [arrange(values, [values.length], dtype)], [dtype]);
    });
  }
}

for (const kind of ["shiftLeft", "shiftRight"] as const) {
  map.test(`${kind} int32`, async (pair) => {
    const [a, b] = allPairs(specialValues("int32"), [0, 1, 5, 31]);
    const inputs = [a, b].map((values) => arrange(values, [values.length], "int32"));
    await check(pair, binary(kind), inputs, ["int32"]);
  });
}

for (const kind of ["and", "or", "xor", "minimum", "maximum", "equal"] as const) {
  map.test(`${kind} bool`, async (pair) => {
    const [a, b] = allPairs([0, 1], [0, 1]);
    const inputs = [a, b].map((values) => arrange(values, [4], "bool"));
    await check(pair, binary(kind), inputs, ["bool"]);
  });
}

const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];
for (const from of dtypes) {
  for (const to of dtypes) {
    map.test(
      `cast ${from} to ${to}`,
      async (pair) => {
        const values = specialValues(from);
        const input = arrange(values, [values.length], from);
        await check(
          pair,
          expression((x) => x),
          [input],
          [to],
        );
      },
      { dtypes: [from, to] },
    );
  }
}

map.test("where", async (pair) => {
  const f = expression((c, x, y) => c.where(x, y));
  for (const dtype of dtypes.filter((d) => pair.backend.dtypes.includes(d))) {
    const condition = arrange(pseudoRandom(100, 1, "bool"), [100], "bool");
    const [x, y] = [2, 3].map((seed) => arrange(pseudoRandom(100, seed, dtype), [100], dtype));
    await check(pair, f, [condition, x!, y!], [dtype]);
  }
});

map.test("mixed dtypes promote", async (pair) => {
  const f = expression((x, y) => x.add(y).mul(2));
  const x = arrange(pseudoRandom(50, 1, "int32"), [50], "int32");
  const y = arrange(pseudoRandom(50, 2), [50], "float32");
  await check(pair, f, [x, y], ["float32"]);
});

for (const layout of layouts) {
  map.test(`layout ${layout}`, async (pair) => {
    const f = expression((x, y) => x.sub(y.mul(2)));
    for (const shape of [[], [1], [7], [3, 5], [2, 3, 4], [5, 1, 3], [1100], [33, 35], [2, 0, 3]]) {
      const size = shape.reduce((product, n) => product * n, 1);
      const x = arrange(pseudoRandom(size, 1), shape, "float32", layout);
      const y = arrange(pseudoRandom(size, 2), shape, "float32");
      await check(pair, f, [x, y], ["float32"]);
    }
  });
}

for (const dtype of dtypes) {
  map.test(
    `large views ${dtype}`,
    async (pair) => {
      // More than a block of any interpreter, and no multiple of a vector.
      const shape = [45, 61];
      const f = expression((x, y) => [x.maximum(y), x.equal(y)]);
      for (const layout of layouts) {
        const x = arrange(pseudoRandom(2745, 1, dtype), shape, dtype, layout);
        const y = stretched(arrange(pseudoRandom(45, 2, dtype), [45, 1], dtype), shape);
        await check(pair, f, [x, y], [dtype, "bool"]);
      }
    },
    { dtypes: [dtype] },
  );
}

map.test("an input that the program does not read lies in another order", async (pair) => {
  const [second, both] = [expression((x, y) => y), expression((x, y) => [y, y])];
  const shape = [2, 9, 7];
  for (const first of layouts) {
    for (const layout of layouts) {
      const x = arrange(pseudoRandom(126, 1), shape, "float32", first);
      const y = arrange(pseudoRandom(126, 2), shape, "float32", layout);
      const row = stretched(arrange(pseudoRandom(7, 3), [7], "float32"), shape);
      for (const other of [y, row]) {
        await check(pair, second, [x, other], ["float32"]);
        await check(pair, both, [x, other], ["float32", "float32"]);
      }
    }
  }
});

map.test("broadcast", async (pair) => {
  const f = expression((x, y, z) => x.add(y).mul(z));
  const shape = [4, 37, 9];
  const x = arrange(pseudoRandom(4 * 37 * 9, 1), shape, "float32");
  const row = stretched(arrange(pseudoRandom(9, 2), [9], "float32"), shape);
  const column = stretched(arrange(pseudoRandom(37, 3), [37, 1], "float32", "inside"), shape);
  await check(pair, f, [x, row, column], ["float32"]);
  const scalar = stretched(arrange([0.5], [], "float32"), shape);
  await check(pair, f, [scalar, row, column], ["float32"]);
});

map.test(
  "subnormals",
  async (pair) => {
    const [a, b] = allPairs(subnormalFloats, subnormalFloats);
    const inputs = [a, b].map((values) => arrange(values, [values.length], "float32"));
    for (const kind of [...roundedBinary, ...exactBinary]) {
      const output = comparisons.has(kind) ? "bool" : "float32";
      await check(pair, binary(kind), inputs, [output]);
    }
    const list = arrange(subnormalFloats, [subnormalFloats.length], "float32");
    for (const kind of [...exactUnary, "sqrt" as const])
      await check(pair, unary(kind), [list], ["float32"]);
  },
  { subnormals: true },
);

map.test("outputs inside a larger storage, whose other elements stay", async (pair) => {
  const f = expression((x) => [x.add(1), x.mul(2)]);
  for (const size of [1, 7, 1030]) {
    const physical = new Float32Array(2 * size + 9).fill(-7);
    const around = { dtype: "float32", shape: [physical.length], strides: [1], offset: 0 } as const;
    await compare(pair, "map", (place) => {
      const all = place.input({ ...around, physical });
      const part = { ...all, shape: [size] };
      const outputs = [
        { ...part, offset: 3 },
        { ...part, offset: size + 5 },
      ];
      const inputs = [place.input(arrange(pseudoRandom(size, 1), [size], "float32"))];
      return { call: { expression: f, inputs, parameters: [], outputs }, outputs: [all] };
    });
  }
});

map.test("parameters", async (pair) => {
  const f = expression((x, scale, shift) => x.mul(scale).add(shift), 2);
  const x = arrange(pseudoRandom(1500, 1), [1500], "float32");
  for (const parameters of [
    [2, 1],
    [0.1, -3],
    [Infinity, 0],
  ]) {
    await check(pair, f, [x], ["float32"], { parameters });
  }
});

map.test("index", async (pair) => {
  const f = new Expression([Expr.index().cast("float32").mul(0.5)], 0);
  await check(pair, f, [], ["float32"], { shape: [3, 777] });
});

map.test("several outputs", async (pair) => {
  const f = expression((x, y) => {
    const sum = x.add(y);
    return [sum, sum.mul(sum), x, sum.greater(0)];
  });
  const [x, y] = [1, 2].map((seed) => arrange(pseudoRandom(2500, seed), [2500], "float32"));
  await check(pair, f, [x!, y!], ["float32", "float32", "float32", "bool"]);
});

map.test("chain of many steps", async (pair) => {
  const f = expression((x, y) => {
    const shared = x.mul(y).add(1).tanh();
    return shared.mul(shared).add(shared.exp()).sub(y.sigmoid()).maximum(x);
  });
  const [x, y] = [1, 2].map((seed) => arrange(pseudoRandom(3000, seed), [3000], "float32"));
  await check(pair, f, [x!, y!], ["float32"], { tolerance: chained("float32") });
});

map.test("random bits are the same everywhere", async (pair) => {
  // Threefry's round: adds, rotations, exclusive ors of uint32, many times over.
  let x0 = Expr.index().add(Expr.parameter(0));
  let x1 = Expr.constant(5).cast("uint32").add(Expr.parameter(1));
  for (const by of [13, 15, 26, 6, 17, 29, 16, 24]) {
    x0 = x0.add(x1);
    x1 = x1
      .shiftLeft(by)
      .or(x1.shiftRight(32 - by))
      .xor(x0);
  }
  const f = new Expression(
    [
      x0.cast("int32"),
      x1
        .shiftRight(8)
        .cast("float32")
        .mul(2 ** -24),
    ],
    0,
    2,
  );
  await check(pair, f, [], ["int32", "float32"], { shape: [2000], parameters: [4000000000, 7] });
});

addRandomMaps(map);
addGoldenFunctions(map);
