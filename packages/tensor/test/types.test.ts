import { describe, expect, expectTypeOf, test } from "vitest";
import * as tl from "../src/index.ts";
import type { Tensor } from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

// Compiled by tsc -p tsconfig.test.json; the values are checked when the test runs.
describe("a dtype that is named is in the type", () => {
  test("from birth, through views, to the data", async () => {
    const x = tl.zeros([2, 3], "int32");
    expectTypeOf(x).toEqualTypeOf<Tensor<"int32">>();
    const view = x.reshape([3, 2]).transpose().slice([0]).flip();
    expectTypeOf(view).toEqualTypeOf<Tensor<"int32">>();
    expectTypeOf(view.dataSync()).toEqualTypeOf<Int32Array>();
    expect(await view.data()).toBeInstanceOf(Int32Array);
    expectTypeOf(tl.eye(2, 2, "float64").astype("uint8")).toEqualTypeOf<Tensor<"uint8">>();
    expectTypeOf(tl.split(tl.arange(4, undefined, { dtype: "uint8" }), 2)).toEqualTypeOf<
      Tensor<"uint8">[]
    >();
  });
  test("operations that fix it say so", () => {
    const x = tl.tensor([1, 2]);
    expectTypeOf(x.less(2)).toEqualTypeOf<Tensor<"bool">>();
    expectTypeOf(tl.argmax(x)).toEqualTypeOf<Tensor<"int32">>();
    expect(x.less(2).dtype).toBe("bool");
    expect(tl.argmax(x).dtype).toBe("int32");
  });
  test("one that is not named stays open, so that variables can be assigned again", () => {
    let x = tl.zeros([2]);
    expectTypeOf(x).toEqualTypeOf<Tensor>();
    x = x.add(1).exp();
    expect(x.dtype).toBe("float32");
    const any: Tensor = tl.zeros([1], "int32");
    expect(any.dtype).toBe("int32");
  });
});

describe("what leaves the library needs no cast", () => {
  test("a file's bytes come back from the function that takes them, fit for a Blob", async () => {
    const state = { w: tl.tensor([1]) };
    const files = [
      await tl.saveSafetensors((bytes) => bytes, state),
      await tl.saveNpz(async (bytes) => bytes, state),
      await tl.saveNpy((bytes) => bytes, state.w),
    ];
    expectTypeOf(files).toEqualTypeOf<Uint8Array<ArrayBuffer>[]>();
    for (const file of files) expect(new Blob([file]).size).toBe(file.length);
  });
  test("nested arrays are as deep as they are said to be", async () => {
    const rows = await tl.tensor([[1, 2]]).array<number[][]>();
    expectTypeOf(rows).toEqualTypeOf<number[][]>();
    expect(rows[0]?.[1]).toBe(2);
    expectTypeOf(await tl.tensor([1]).array()).toEqualTypeOf<tl.NestedArray>();
  });
});
