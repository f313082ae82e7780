import { expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();
const { tensor } = tl;
const int = (values: number[]): tl.Tensor => tensor(values, { dtype: "int32" });

// Each is thrown before anything changes, names what was asked and given, and has a stable code.
const mistakes: [code: string, message: string, make: () => unknown][] = [
  [
    "SHAPE",
    "matmul: b: expected shape [..., 3, n] to match a [2, 3], got [4, 3]",
    () => tl.matmul(tl.ones([2, 3]), tl.ones([4, 3])),
  ],
  [
    "SHAPE",
    "add: expected shapes that broadcast, got [2] and [3]",
    () => tl.add(tl.ones([2]), tl.ones([3])),
  ],
  [
    "SHAPE",
    "reshape: shape: expected 6 elements to match [2, 3], got [4]",
    () => tl.ones([2, 3]).reshape([4]),
  ],
  [
    "SHAPE",
    "tensor: values: expected every array at depth 1 to have 2 members, got one with 1",
    () => tensor([[1, 2], [3]]),
  ],
  [
    "SHAPE",
    "tensor: shape: expected the size of [2, 2], 4 elements, got 3 values",
    () => tensor(new Float32Array(3), { shape: [2, 2] }),
  ],
  ["SHAPE", "zeros: shape", () => tl.zeros([-1])],
  [
    "SHAPE",
    "conv2d: x: expected shape [batch, h, w, channels], got [5, 5, 1]",
    () => tl.conv2d(tl.ones([5, 5, 1]), tl.ones([3, 3, 1, 1])),
  ],
  [
    "SHAPE",
    "conv2d: w: expected 2 input channels",
    () => tl.conv2d(tl.ones([1, 5, 5, 2]), tl.ones([3, 3, 3, 1])),
  ],
  [
    "SHAPE",
    "conv2d: bias: expected shape [4], got [3]",
    () => tl.conv2d(tl.ones([1, 5, 5, 2]), tl.ones([3, 3, 2, 4]), { bias: tl.ones([3]) }),
  ],
  [
    "SHAPE",
    "conv2d: x: expected at least 7 elements along spatial axis 0",
    () => tl.conv2d(tl.ones([1, 5, 9, 1]), tl.ones([7, 1, 1, 1])),
  ],
  [
    "SHAPE",
    "concat: tensors: expected shapes equal to [2, 3] but for axis 0, got [2, 2]",
    () => tl.concat([tl.ones([2, 3]), tl.ones([2, 2])]),
  ],
  [
    "SHAPE",
    "max: x: expected at least one element along axis 0, got [0]",
    () => tl.max(tl.zeros([0])),
  ],
  ["SHAPE", "item: expected a tensor with one element, got [2]", () => tl.ones([2]).item()],
  ["SHAPE", "squeeze: axis: expected axes of size 1", () => tl.squeeze(tl.ones([2]), 0)],
  [
    "ARGUMENT",
    "sum: axis: expected a whole number in [-2, 1] for rank 2, got 2",
    () => tl.ones([2, 3]).sum(2),
  ],
  [
    "ARGUMENT",
    "gather: indices: expected whole numbers in [-3, 3), got 3",
    () => tl.ones([3]).gather(int([3])),
  ],
  [
    "ARGUMENT",
    "conv2d: groups: expected a divisor of 6 input and 4 output channels, got 4",
    () => tl.conv2d(tl.ones([1, 3, 3, 6]), tl.ones([1, 1, 2, 4]), { groups: 4 }),
  ],
  [
    "ARGUMENT",
    "conv2d: padding",
    () => tl.conv2d(tl.ones([1, 3, 3, 1]), tl.ones([1, 1, 1, 1]), { padding: "full" as "same" }),
  ],
  [
    "ARGUMENT",
    "gemm: activation: expected one of relu",
    () => tl.gemm(tl.ones([1, 1]), tl.ones([1, 1]), { activation: "swish" as "relu" }),
  ],
  ["ARGUMENT", "topk: k: expected a whole number in [0, 3], got 4", () => tl.topk(tl.ones([3]), 4)],
  [
    "ARGUMENT",
    "dropout: rate: expected a number in [0, 1), got 1",
    () => tl.dropout(tl.ones([3]), 1),
  ],
  [
    "ARGUMENT",
    'tensor: values: expected numbers or booleans in nested arrays of equal lengths, got the string "3"',
    () => tensor(["3"] as unknown as number[]),
  ],
  ["ARGUMENT", "slice: step", () => tl.slice(tl.ones([3]), [0], [3], [0])],
  [
    "ARGUMENT",
    "seed: seed: expected a whole number in [0, 2^32), got -1",
    () => tl.random.seed(-1),
  ],
  [
    "ARGUMENT",
    "elementwise: build: expected it to return an expression",
    () => tl.elementwise(((x: unknown) => [x]) as never)(tl.ones([1])),
  ],
  [
    "DTYPE",
    "gather: indices: expected int32 or uint8, got float32",
    () => tl.ones([3]).gather(tl.ones([1])),
  ],
  [
    "DTYPE",
    "zeros: dtype: expected one of float32, float16, float64, int32, uint8, bool, got float8",
    () => tl.zeros([1], "float8" as "float32"),
  ],
  ["SHAPE", "maxPool2d: x: expected rank 4", () => tl.maxPool2d(tl.ones([2, 2]), 2)],
  [
    "ARGUMENT",
    'einsum: subscripts: expected a letter for each axis of operand 0, got "ij,jk" for [2] and [2, 2]',
    () => tl.einsum("ij,jk", tl.ones([2]), tl.ones([2, 2])),
  ],
  [
    "ARGUMENT",
    "einsum: subscripts: expected one term for each of 1 operands",
    () => tl.einsum("i,i", tl.ones([2])),
  ],
  [
    "ARGUMENT",
    "einsum: subscripts: expected letters in the result that stand in an operand",
    () => tl.einsum("i->j", tl.ones([2])),
  ],
  [
    "ARGUMENT",
    "einsum: subscripts: expected each letter of the result once",
    () => tl.einsum("i->ii", tl.ones([2])),
  ],
  ["ARGUMENT", "einsum: subscripts: expected letters", () => tl.einsum("i->i->i", tl.ones([2]))],
  [
    "SHAPE",
    'einsum: operand 1: expected size 3 for "j" in "ij,jk", got [4, 2]',
    () => tl.einsum("ij,jk", tl.ones([2, 3]), tl.ones([4, 2])),
  ],
  [
    "SHAPE",
    "tensordot: b: expected size 3 on axis 0 to match axis 1 of a [2, 3], got [2, 3]",
    () => tl.tensordot(tl.ones([2, 3]), tl.ones([2, 3]), 1),
  ],
  [
    "ARGUMENT",
    "tensordot: axes: expected a whole number in [0, 1]",
    () => tl.tensordot(tl.ones([2]), tl.ones([2]), 2),
  ],
  ["ARGUMENT", "norm: ord: expected a number, got fro", () => tl.norm(tl.ones([2]), 0, { ord: "fro" as never })], // prettier-ignore
  ["SHAPE", "tril: x: expected matrices [..., m, n], got [3]", () => tl.tril(tl.ones([3]))],
  ["SHAPE", "diag: x: expected a vector or a matrix", () => tl.diag(tl.ones([1, 1, 1]))],
  [
    "ARGUMENT",
    "split: parts: expected a divisor of 5, the size of axis 0 of [5], got 2",
    () => tl.split(tl.ones([5]), 2),
  ],
  ["ARGUMENT", "tile: repetitions", () => tl.tile(tl.ones([2]), -1)],
  [
    "ARGUMENT",
    "repeat: repeats: expected a whole number of 0 or more, or 2 of them, got [1]",
    () => tl.repeat(tl.ones([2]), [1]),
  ],
  ["ARGUMENT", "roll: shift: expected a whole number, got 0.5", () => tl.roll(tl.ones([2]), 0.5)],
  ["SHAPE", "searchsorted: sorted: expected a vector", () => tl.searchsorted([[1]], [1])],
  [
    "SHAPE",
    "convTranspose2d: w: expected 2 input channels",
    () => tl.convTranspose2d(tl.ones([1, 2, 2, 2]), tl.ones([2, 2, 3, 1])),
  ],
  [
    "ARGUMENT",
    "convTranspose1d: outputPadding: expected 1 whole numbers in [0, stride) for stride [1], got [1]",
    () => tl.convTranspose1d(tl.ones([1, 2, 1]), tl.ones([2, 1, 1]), { outputPadding: 1 }),
  ],
  [
    "SHAPE",
    "depthwiseConv2d: w: expected [kernelHeight, kernelWidth, 1, a multiple of 3]",
    () => tl.depthwiseConv2d(tl.ones([1, 2, 2, 3]), tl.ones([2, 2, 1, 4])),
  ],
  [
    "SHAPE",
    "col2im: columns: expected [batch, 2, a multiple of 2] for a result of space [3], got [1, 3, 2]",
    () => tl.col2im(tl.ones([1, 3, 2]), [3], 2),
  ],
  [
    "ARGUMENT",
    "resize: method: expected one of nearest, linear, cubic, area, got lanczos",
    () => tl.resize(tl.ones([1, 2, 1]), 3, { method: "lanczos" as "linear" }),
  ],
  ["ARGUMENT", "resize: size", () => tl.resize(tl.ones([1, 2, 1]), 0)],
  [
    "ARGUMENT",
    "truncatedNormal: expected low < high within 5 standard deviations",
    () => tl.random.truncatedNormal([1], { low: 2, high: 1 }),
  ],
  // What TypeScript would not let pass
  [
    "ARGUMENT",
    'sum: axis: expected a whole number in [-2, 1] for rank 2, got "0"',
    () => tl.ones([2, 3]).sum("0" as never),
  ],
  [
    "ARGUMENT",
    "argmax: axis: expected one axis, got [0]",
    () => tl.ones([2, 3]).argmax([0] as never),
  ],
  [
    "SHAPE",
    "reshape: shape: expected an array of whole numbers, got 6; try [6]",
    () => tl.ones([2, 3]).reshape(6 as never),
  ],
  [
    "ARGUMENT",
    "slice: begin: expected at most 2 whole numbers for [2, 3], got 1; try [1]",
    () => tl.ones([2, 3]).slice(1 as never),
  ],
  ["SHAPE", "pad: padding: expected 2 pairs", () => tl.ones([2, 3]).pad(1 as never)],
  ["SHAPE", "pad: padding: expected 2 pairs", () => tl.ones([2, 3]).pad([[1], [1]] as never)],
  [
    "ARGUMENT",
    "concat: tensors: expected at least one tensor, got what is no array",
    () => tl.concat(tl.ones([2, 3]) as never),
  ],
  [
    "ARGUMENT",
    'gelu: approximate: expected "none" or "tanh"',
    () => tl.gelu(0, { approximate: "tan" as never }),
  ],
  [
    "ARGUMENT",
    "variance: correction: expected a number, got NaN",
    () => tl.ones([2, 3]).variance(0, { correction: NaN }),
  ],
  [
    "ARGUMENT",
    'searchsorted: side: expected "left" or "right", got "middle"',
    () => tl.searchsorted(tl.ones([2]), tl.ones([2]), { side: "middle" as never }),
  ],
  [
    "SHAPE",
    "globalAvgPool: x: expected [batch, ...space, channels]",
    () => tl.globalAvgPool(tl.ones([2, 3])),
  ],
  [
    "SHAPE",
    "globalMaxPool: x: expected [batch, ...space, channels]",
    () => tl.globalMaxPool(tl.ones([2, 0, 3])),
  ],
  [
    "ARGUMENT",
    "gather: indices: expected none, since axis 0 of [0]",
    () => tl.gather(tl.ones([0]), [0]),
  ],
  // Each names itself, not what it is made of
  ["ARGUMENT", "std: axis: expected a whole number", () => tl.ones([2, 3]).std(2)],
  [
    "SHAPE",
    "stack: tensors: expected equal shapes, got [2] and [3]",
    () => tl.stack([tl.ones([2]), tl.ones([3])]),
  ],
  ["ARGUMENT", "stack: tensors: expected at least one tensor, got none", () => tl.stack([])],
  [
    "ARGUMENT",
    "split: parts: expected whole numbers at which to cut, got [1.5]",
    () => tl.ones([2, 3]).split([1.5]),
  ],
  // What would be cut to a whole number, or to nothing
  [
    "ARGUMENT",
    "gather: indices: expected whole numbers, got 0.5",
    () => tl.ones([2, 3]).gather([0.5]),
  ],
  [
    "ARGUMENT",
    "gather: indices: expected whole numbers, got NaN",
    () => tl.ones([2, 3]).gather(Float32Array.of(NaN)),
  ],
  [
    "ARGUMENT",
    "oneHot: depth: expected a whole number of 0 or more, got -1",
    () => tl.oneHot([0], -1),
  ],
  [
    "DTYPE",
    "scatterAdd: updates: expected int32, as x has, got float32",
    () => tl.scatterAdd(tl.zeros([3], "int32"), [0], tl.ones([1])),
  ],
];

for (const [code, message, make] of mistakes) {
  test(message, () => {
    const before = tl.memory().bytes;
    let error: unknown;
    tl.tidy(() => {
      try {
        make();
      } catch (thrown) {
        error = thrown;
      }
    });
    expect(error).toBeInstanceOf(tl.TensorloomError);
    expect((error as tl.TensorloomError).code).toBe(code);
    expect((error as Error).message).toContain(message);
    expect(tl.memory().bytes).toBe(before);
  });
}
