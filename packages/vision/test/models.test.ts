import { wasm } from "@tensorloom/backend-cpu";
import { memory, ones, tensor, use } from "@tensorloom/tensor";
import { Linear } from "@tensorloom/nn";
import { expect, test } from "vitest";
import {
  ConvolutionBlock,
  loadDarknetWeights,
  selectDetections,
  tinyYolo,
  yoloDecode,
  YoloV3Tiny,
  yoloV3Tiny,
  yoloV3TinyAnchors,
} from "../src/index.ts";
import { expectNear, golden, type Written } from "./golden.ts";

await use(wasm());

interface Case {
  readonly imageSize: [number, number];
  readonly numbers: number;
  readonly outputs: Written[];
}
const values = golden<{ yoloV3Tiny: Case; tinyYolo: Case; numbersOfYoloV3TinyOnCoco: number }>(
  "models",
);

/** A Darknet file for a model, its numbers as fixtures/vision_models.py makes them. */
function weightFile(model: Parameters<typeof loadDarknetWeights>[0], isWide: boolean): Uint8Array {
  const blocks = model
    .namedModules()
    .flatMap(([, one]) => (one instanceof ConvolutionBlock ? [one] : []));
  let i = 0;
  const next = (): number =>
    Number((BigInt(i++) * 1664525n + 1013904223n) % 4294967296n) / 2 ** 32 - 0.5;
  const numbers: number[] = [];
  for (const { convolution, norm } of blocks) {
    const [height, width, inChannels, outChannels] = convolution.weight.shape as [
      number,
      number,
      number,
      number,
    ];
    const fanIn = height * width * inChannels;
    // Biases, scales, means, variances; or biases alone.
    for (const shift of norm === undefined ? [0] : [0, 1, 0, 1]) {
      for (let k = 0; k < outChannels; k++) numbers.push(shift + Math.fround(next()));
    }
    for (let k = 0; k < outChannels * fanIn; k++)
      numbers.push(Math.fround(next()) * (3 / Math.sqrt(fanIn)));
  }
  const head = isWide ? 20 : 16;
  const file = new DataView(new ArrayBuffer(head + 4 * numbers.length));
  file.setInt32(4, isWide ? 2 : 1, true);
  file.setInt32(8, 5, true);
  file.setUint32(12, 32_013_312, true);
  numbers.forEach((value, k) => file.setFloat32(head + 4 * k, value, true));
  return new Uint8Array(file.buffer);
}

const picture = ([height, width]: [number, number]) =>
  tensor(
    Float32Array.from({ length: height * width * 3 }, (_, i) => ((i * 37) % 101) / 101),
    {
      shape: [1, height, width, 3],
    },
  );

test("tinyYolo with weights of a Darknet file gives PyTorch's outputs", async () => {
  const { imageSize, outputs, numbers } = values.tinyYolo;
  const model = tinyYolo({ C: 3, anchors: 2, widths: [4, 6, 8] }).eval();
  const file = weightFile(model, false);
  expect(file.length).toBe(16 + 4 * numbers);
  expect(loadDarknetWeights(model, file)).toEqual({ version: [0, 1, 5], seen: 32_013_312 });
  // float32, sums of 72 products of size 1 in each of five layers.
  await expectNear(model.call(picture(imageSize)), outputs[0]!, 2e-5);
});

test("yoloV3Tiny with weights of a Darknet file gives PyTorch's outputs, on both scales", async () => {
  const { imageSize, outputs, numbers } = values.yoloV3Tiny;
  const model = yoloV3Tiny({ C: 2 }).eval();
  const file = weightFile(model, true);
  expect(file.length).toBe(20 + 4 * numbers);
  expect(loadDarknetWeights(model, file)).toEqual({ version: [0, 2, 5], seen: 32_013_312 });
  const found = model.call(picture(imageSize));
  // float32, sums of up to 9,216 products in each of thirteen layers.
  for (const [i, output] of found.entries()) await expectNear(output, outputs[i]!, 2e-4);
  const decoded = yoloDecode(found, { anchors: yoloV3TinyAnchors, C: 2, imageSize });
  expect(decoded.boxes.shape).toEqual([1, 3 * (2 * 3 + 4 * 6), 4]);
  expect(await selectDetections(decoded)).toHaveLength(1);
  model.dispose();
});

test("yoloV3Tiny for COCO has as many numbers as the published file, 35,434,956 bytes", () => {
  const model = new YoloV3Tiny();
  const parameters = Object.values(model.stateDict()).reduce((total, { size }) => total + size, 0);
  expect(parameters).toBe(values.numbersOfYoloV3TinyOnCoco);
  expect(20 + 4 * parameters).toBe(35_434_956);
  model.dispose();
});

test("files that do not fit change nothing", async () => {
  const model = tinyYolo({ C: 1, anchors: 1, widths: [2] });
  const before = await model.parameters()[0]!.value.data();
  const file = weightFile(model, true);
  expect(() => loadDarknetWeights(new Linear(1, 1), file)).toThrow("got one without");
  const held = memory().tensors;
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(0), "expected a head of 12 bytes, got 0"],
    [file.slice(0, 15), "expected a head of 20 bytes, got 15"],
    [file.slice(0, -4), "it holds the weights of another network, or is cut off"],
    [file.slice(0, -1), "expected 516 bytes for this model's 3 convolutions, got 515"],
    [new Uint8Array([...file, 0, 0, 0, 0]), "got 520"],
    [Uint8Array.from(file, () => 255), "it is another kind of file"],
  ];
  for (const [bytes, message] of cases) {
    expect(() => loadDarknetWeights(model, bytes)).toThrow(message);
  }
  expect(memory().tensors).toBe(held);
  expect(await model.parameters()[0]!.value.data()).toEqual(before);
  // A file may begin anywhere in its buffer.
  const shifted = new Uint8Array(file.length + 3);
  shifted.set(file, 3);
  loadDarknetWeights(model, shifted.subarray(3));
  expect(memory().tensors).toBe(held);
  expect(() => tinyYolo({ C: 0, anchors: 1 })).toThrow(
    "tinyYolo: C: expected positive whole numbers, got [0]",
  );
});

test("a block keeps the size and leaks a tenth", async () => {
  const block = new ConvolutionBlock(1, 1, { kernelSize: 1 }).eval();
  block.convolution.weight.assign(ones([1, 1, 1, 1]));
  await expectNear(
    block.call(tensor([[[[-1], [2]]]])),
    { shape: [1, 1, 2, 1], data: [-0.1, 2] },
    1e-5,
  );
});
