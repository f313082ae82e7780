import { cpu, wasm } from "@tensorloom/backend-cpu";
import { grad, ones, random, tensor, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { gaussianBlur } from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));
const list = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

test("images stay where they are, whatever the current backend", async () => {
  const x = random.uniform([6, 7, 3], { seed: 1 });
  await use(cpu());
  const blur = (image: Tensor): Tensor =>
    gaussianBlur(image, { sigma: 1, border: "constant", value: 1 });
  expect(blur(x).backend).toBe("wasm");
  expect(grad((image) => blur(image).square().sum())(x).backend).toBe("wasm");
  await use(wasm());
});

describe("gaussianBlur", () => {
  test("a point becomes the product of two Gaussians", async () => {
    const point = tensor(
      Float32Array.from({ length: 81 }, (_, i) => Number(i === 40)),
      { shape: [9, 9, 1] },
    );
    const blurred = await list(gaussianBlur(point, { sigma: 1, kernelSize: 5 }));
    // OpenCV's getGaussianKernel(5, 1).
    const kernel = [0.05448868, 0.24420134, 0.40261995, 0.24420134, 0.05448868];
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 5; x++)
        expect(blurred[(y + 2) * 9 + x + 2]).toBeCloseTo(kernel[y]! * kernel[x]!, 6);
    }
  });
  test("mirrors at the border, keeps channels and images apart", async () => {
    const row = tensor(
      [[[1], [0], [0], [0], [0]]].concat(
        Array.from({ length: 4 }, () => [[1], [0], [0], [0], [0]]),
      ),
    );
    const blurred = await list(gaussianBlur(row, { sigma: 1, kernelSize: 3 }));
    // Kernel [0.2741, 0.4519, 0.2741]: column 0 sees its mirror, column 1, on both sides.
    expect(blurred[0]).toBeCloseTo(0.45186276, 5);
    expect(blurred[1]).toBeCloseTo(0.27406862, 5);
    const images = random.uniform([2, 6, 7, 3], { seed: 1 });
    const all = gaussianBlur(images, { sigma: [0.8, 1.1] });
    const one = gaussianBlur(images.slice([1, 0, 0, 2], [2, 6, 7, 3]).squeeze(0), {
      sigma: [0.8, 1.1],
    });
    const same = all.slice([1, 0, 0, 2], [2, 6, 7, 3]).squeeze(0);
    expect(same.sub(one).abs().max().item()).toBeLessThan(1e-6);
  });
  test("passes gradients, and names mistakes", () => {
    const gradient = grad((x) => gaussianBlur(x, { sigma: 1, kernelSize: 3 }).sum())(
      ones([5, 5, 1]),
    );
    // Every output's weights sum to 1, so the gradient's total is the number of outputs.
    expect(gradient.sum().item()).toBeCloseTo(25, 4);
    expect(() => gaussianBlur(ones([5, 5]), { sigma: 1 })).toThrow(
      "gaussianBlur: x: expected [height, width, channels]",
    );
    expect(() => gaussianBlur(ones([5, 5, 1]), { sigma: 0 })).toThrow(
      "sigma: expected a positive number, got 0",
    );
    expect(() => gaussianBlur(ones([5, 5, 1]), { sigma: 1, kernelSize: 4 })).toThrow(
      "kernelSize: expected an odd whole number, got 4; try 5",
    );
    expect(() => gaussianBlur(ones([3, 3, 1]), {})).toThrow(
      "options: expected sigma or kernelSize, got neither",
    );
    expect(() => gaussianBlur(ones([3, 3, 1], "int32"), { sigma: 1 })).toThrow(
      "x: expected uint8, float32 or float64, got int32",
    );
  });
});
