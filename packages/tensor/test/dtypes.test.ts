import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();
const { tensor } = tl;
const list = (x: tl.Tensor): number[] => Array.from(x.dataSync());

/** The promotion table of the guide: the one place where it is written down. */
function promotionTable(): [a: tl.DType, b: tl.DType, result: tl.DType][] {
  const guide = readFileSync(new URL("../../../docs/guides/dtypes.md", import.meta.url), "utf8");
  const rows = guide
    .slice(guide.indexOf("Two dtypes meet"), guide.indexOf("So int32 with float32"))
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.includes("--"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim() as tl.DType)); // prettier-ignore
  const [header, ...body] = rows as [tl.DType[], ...tl.DType[][]];
  return body.flatMap(([a, ...cells]) => cells.map((cell, i) => [a!, header[i + 1]!, cell] as [tl.DType, tl.DType, tl.DType])); // prettier-ignore
}

describe("promotion", () => {
  const table = promotionTable();
  test("the table has every pair", () => {
    expect(table.length).toBe(36);
  });
  for (const [a, b, expected] of table) {
    test(`${a} with ${b} is ${expected}`, () => {
      const [x, y] = [tl.ones([2], a), tl.ones([2], b)];
      expect(tl.promoteTypes(a, b)).toBe(expected);
      for (const result of [
        tl.concat([x, y]),
        tl.maximum(x, y),
        tl.where(tensor([true, false]), x, y),
      ]) {
        expect(result.dtype).toBe(expected);
      }
      expect(tl.mul(x, y).dtype).toBe(expected === "bool" ? "int32" : expected);
      const accumulated = ["bool", "uint8"].includes(expected) ? "int32" : expected;
      expect(tl.matmul(x, y).dtype).toBe(accumulated);
      expect(tl.einsum("i,i->i", x, y).dtype).toBe(accumulated);
    });
  }
  test("numbers take the dtype beside them, if it can hold them", () => {
    const cases: [tl.DType, number, tl.DType][] = [
      ["uint8", 3, "uint8"],
      ["int32", -3, "int32"],
      ["int32", 0.5, "float32"],
      ["int32", 2 ** 31, "float32"],
      ["int32", Infinity, "float32"],
      ["int32", Number.NaN, "float32"],
      ["float16", 0.1, "float16"],
      ["float32", 2 ** 40, "float32"],
      ["float64", 0.1, "float64"],
    ];
    for (const [dtype, number, expected] of cases) {
      expect(tl.add(tl.ones([1], dtype), number).dtype, `${dtype} + ${number}`).toBe(expected);
    }
    const x = tensor([2147483647, -2147483648], { dtype: "int32" });
    expect(list(x.less(3e9))).toEqual([1, 1]);
    expect(list(x.greater(-3e9))).toEqual([1, 1]);
    expect(tensor([1], { dtype: "float64" }).add(0.1).item()).toBe(1.1);
  });
});

describe("integers", () => {
  test("wrap around in every operation", () => {
    const x = tensor([2147483647, -2147483648], { dtype: "int32" });
    expect(list(x.add(1))).toEqual([-2147483648, -2147483647]);
    expect(list(x.mul(3))).toEqual([2147483645, -2147483648]);
    expect(list(x.neg())).toEqual([-2147483647, -2147483648]);
    expect(x.sum().item()).toBe(-1);
    expect(list(x.cumsum())).toEqual([2147483647, -1]);
    expect(x.dot(tensor([2, 0], { dtype: "int32" })).item()).toBe(-2);
    expect(list(tensor([200, 100], { dtype: "uint8" }).add(tensor([100, 200], { dtype: "uint8" })))).toEqual([44, 44]); // prettier-ignore
  });
  test("sums of bool and uint8 do not wrap", () => {
    expect(tl.full([1000], 255, "uint8").sum().item()).toBe(255_000);
    expect(tensor([true, true, false]).sum().item()).toBe(2);
  });
});

describe("astype", () => {
  const cases: [from: tl.DType, to: tl.DType, values: number[], expected: number[]][] = [
    ["float32", "int32", [1.9, -1.9, 3e9, -3e9, Number.NaN, Infinity], [1, -1, 2147483647, -2147483648, 0, 2147483647]], // prettier-ignore
    ["float64", "uint8", [255.9, 256, -0.5, -1], [255, 255, 0, 0]],
    ["int32", "uint8", [256, -1, 300], [0, 255, 44]],
    ["float32", "bool", [0, -0, 0.1, Number.NaN], [0, 0, 1, 1]],
    ["bool", "float64", [1, 0], [1, 0]],
    ["int32", "float32", [16777217], [16777216]],
  ];
  for (const [from, to, values, expected] of cases) {
    test(`${from} to ${to}`, () => {
      expect(list(tensor(values, { dtype: from }).astype(to))).toEqual(expected);
    });
  }
});
