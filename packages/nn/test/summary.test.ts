import { cpu, wasm } from "@tensorloom/backend-cpu";
import { memory, ones, random, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import * as nn from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));

describe("summary", () => {
  test("counts what each layer costs", () => {
    const model = new nn.Sequential(
      new nn.Conv2d(3, 8, 3, { stride: 2, padding: 1 }),
      new nn.BatchNorm(8),
      new nn.ReLU(),
      new nn.ConvTranspose2d(8, 4, 2, { stride: 2 }),
      new nn.Flatten(),
      new nn.Linear(4 * 8 * 8, 10),
    );
    const before = memory();
    const { layers, parameters, multiplyAdds } = nn.summary(model, [8, 8, 3]);
    expect(memory()).toEqual(before);
    expect(model.isTraining).toBe(true);
    expect(model.stateDict()["1.runningMean"]!.abs().sum().item()).toBe(0);
    expect(layers.map(({ name, type, outputShape }) => [name, type, ...outputShape])).toEqual([
      ["0", "Conv2d", 4, 4, 8],
      ["1", "BatchNorm", 4, 4, 8],
      ["2", "ReLU", 4, 4, 8],
      ["3", "ConvTranspose2d", 8, 8, 4],
      ["4", "Flatten", 256],
      ["5", "Linear", 10],
    ]);
    expect(layers.map((layer) => layer.parameters)).toEqual([224, 16, 0, 132, 0, 2570]);
    // Output places times window times channels in and out.
    const expected = [16 * 9 * 3 * 8, 0, 0, 16 * 8 * 4 * 4, 0, 2560];
    expect(layers.map((layer) => layer.multiplyAdds)).toEqual(expected);
    expect(parameters).toBe(224 + 16 + 132 + 2570);
    expect(multiplyAdds).toBe(expected.reduce((a, b) => a + b));
  });
  test("costs are those published, on any backend", async () => {
    random.seed(1);
    // Howard et al. 2017, tables 4 and 6: 569 and 41 million; torchvision's ResNet-18: 1.81 billion.
    expect(nn.summary(nn.mobileNetV1(), [224, 224, 3]).multiplyAdds / 1e6).toBeCloseTo(568.74, 2);
    expect(nn.summary(nn.mobileNetV1({ alpha: 0.25 }), [224, 224, 3]).multiplyAdds / 1e6).toBeCloseTo(41, 0); // prettier-ignore
    expect(nn.summary(nn.resnet({ depth: 18 }), [224, 224, 3]).multiplyAdds / 1e9).toBeCloseTo(1.814, 3); // prettier-ignore
    await use(cpu());
    // He et al. 2016: 41 million for ResNet-20 on 32x32.
    expect(nn.summary(nn.resnet({ depth: 20 }), [32, 32, 3]).multiplyAdds / 1e6).toBeCloseTo(40.55, 2); // prettier-ignore
    await use(wasm());
  });
  test("shows what depthwise separable convolutions save", () => {
    const model = new nn.Sequential(
      new nn.SeparableConv2d(16, 32, 3, { padding: 1 }),
      new nn.DepthwiseConv2d(32, 5, { padding: 2, stride: 2 }),
      new nn.ReLU(),
      new nn.Conv2d(32, 64, 1),
      new nn.Conv2d(64, 8, 3),
    );
    const report = nn.summary(model, [12, 12, 16]);
    expect(report.separable).toEqual([
      { name: "0", window: [3, 3], outSpace: [12, 12], inChannels: 16, outChannels: 32, multiplyAdds: 9 * 16 * 144 + 16 * 32 * 144, fullMultiplyAdds: 9 * 16 * 32 * 144 }, // prettier-ignore
      { name: "1 + 3", window: [5, 5], outSpace: [6, 6], inChannels: 32, outChannels: 64, multiplyAdds: 25 * 32 * 36 + 32 * 64 * 36, fullMultiplyAdds: 25 * 32 * 64 * 36 }, // prettier-ignore
    ]);
    expect(String(report)).toContain(
      "0: 3x3·16·12x12 + 16·32·12x12 = 94,464 against 3x3·16·32·12x12 = 663,552: 14.2 %",
    );
  });
  test("names layers in models of one's own, and counts what they do themselves", () => {
    class Twice extends nn.Module {
      readonly layer = new nn.Linear(4, 4);
      forward(x: Tensor): Tensor {
        const y = this.layer.forward(this.layer.forward(x));
        return y.matmul(ones([4, 2]));
      }
    }
    const { layers } = nn.summary(new Twice(), [4]);
    expect(layers.map(({ name, type, multiplyAdds }) => [name, type, multiplyAdds])).toEqual([
      ["", "Twice", 8],
      ["layer", "Linear", 32],
    ]);
  });
  test("takes word numbers, and a batch axis where the model wants no other", () => {
    const model = nn.sequenceClassifier({ inputSize: 3, vocabulary: 9, hiddenSize: 5, classes: 2 });
    const { multiplyAdds } = nn.summary(model, [7], { dtype: "int32" });
    expect(multiplyAdds).toBe(7 * (3 * 20 + 5 * 20) + 5 * 2);
    expect(nn.summary(new nn.Conv2d(1, 1, 3), [1, 5, 5, 1]).multiplyAdds).toBe(81);
    expect(() => nn.summary(new nn.Conv2d(1, 1, 3), [5, 5, 2])).toThrow(
      "Conv2d: x: expected shape [batch, height, width, 1], got [1, 5, 5, 2]",
    );
  });
  test("is a method too, and prints as a table", () => {
    const lines = String(new nn.Sequential(new nn.Linear(3, 2), new nn.ReLU()).summary([3])).split("\n"); // prettier-ignore
    expect(lines).toEqual([
      "layer  type    output  parameters  multiply-adds",
      "─".repeat(lines[0]!.length),
      "0      Linear  [2]              8              6",
      "1      ReLU    [2]              0              0",
      "─".repeat(lines[0]!.length),
      "total                           8              6",
    ]);
  });
});
