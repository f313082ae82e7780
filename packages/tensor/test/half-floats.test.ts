import { expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();
const half = (values: tl.NestedArray): tl.Tensor<"float16"> =>
  tl.tensor(values, { dtype: "float16" }) as tl.Tensor<"float16">;

test("elements are rounded where they are stored, and read as float32", async () => {
  const x = half([0.1, 65504, 1e6, 2049]);
  expect(x.dtype).toBe("float16");
  expect(await x.data()).toEqual(Float32Array.of(0.0999755859375, 65504, Infinity, 2048));
  expect(half([0.1, 0.25]).toString()).toBe("[0.10, 0.25]");
});

test("two bytes are taken an element", () => {
  const before = tl.memory().bytes;
  const x = tl.zeros([100], "float16");
  expect(tl.memory().bytes - before).toBe(200);
  x.dispose();
});

test("operations compute in float32 and round once", () => {
  const x = half([2048, 1]);
  // In float16, 2048 + 1 is 2048 at each step.
  expect(tl.add(x, 1).sub(2048).toString()).toBe("[    0, -2046]");
  const fused = tl.fusedKernel(1, 0, ([y]) => [y!.add(1).sub(2048)]);
  expect(fused([x], [])[0]!.toString()).toBe("[    1, -2046]");
});

test("means, variances and norms of what float16 cannot sum", () => {
  const x = tl.full([1000], 300, "float16");
  expect(x.sum().item()).toBe(Infinity);
  expect(x.mean().item()).toBe(300);
  expect(x.mean().dtype).toBe("float16");
  expect(tl.variance(half([0, 1000, 0, 1000])).item()).toBe(Infinity);
  expect(tl.variance(half([0, 200, 0, 200])).item()).toBe(10_000);
  expect(tl.logsumexp(half([60_000, 60_000])).item()).toBe(60_000);
});

test("gradients are of the dtype of what they are for", () => {
  const x = half([0.5, -2]);
  const w = tl.tensor([3, 4]);
  const [gx, gw] = tl.grad((a: tl.Tensor, b: tl.Tensor) => a.mul(b).sum(), [0, 1])(x, w);
  expect([gx!.dtype, gw!.dtype]).toEqual(["float16", "float32"]);
  expect([gx!.toString(), gw!.toString()]).toEqual(["[3, 4]", "[ 0.5, -2.0]"]);
});

test("files hold two bytes an element, as NumPy and safetensors write them", async () => {
  const x = half([1, -2, 0.1, 65504, Infinity]);
  let bytes = new Uint8Array();
  const sink = (written: Uint8Array): void => void (bytes = Uint8Array.from(written));
  await tl.saveNpy(sink, x);
  expect(new TextDecoder().decode(bytes.subarray(10, 30))).toContain("'descr': '<f2'");
  const elements = [0x00, 0x3c, 0x00, 0xc0, 0x66, 0x2e, 0xff, 0x7b, 0x00, 0x7c];
  expect([...bytes.subarray(-10)]).toEqual(elements);
  const back = await tl.loadNpy(bytes);
  expect([back.dtype, back.toString()]).toEqual(["float16", x.toString()]);

  await tl.saveSafetensors(sink, { x });
  expect([...bytes.subarray(-10)]).toEqual(elements);
  expect(new TextDecoder().decode(bytes)).toContain('"F16"');
  const { tensors } = await tl.loadSafetensors(bytes);
  expect([tensors["x"]!.dtype, tensors["x"]!.toString()]).toEqual(["float16", x.toString()]);
});

test("other dtypes convert, both ways", () => {
  expect(tl.tensor([1, 70_000], { dtype: "int32" }).astype("float16").toString()).toBe(
    "[  1, inf]",
  );
  expect(half([-1.5, 300]).astype("uint8").toString()).toBe("[  0, 255]");
  expect(
    half([0, 2 ** -24])
      .astype("bool")
      .toString(),
  ).toBe("[false,  true]");
  expect(tl.promoteTypes("int32", "float16")).toBe("float16");
});
