// Values of OpenCV and scikit-image: fixtures/vision_images.py.
import { readFileSync } from "node:fs";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { webgpu } from "@tensorloom/backend-gpu";
import {
  memory,
  ones,
  tensor,
  use,
  withBackend,
  type DType,
  type Tensor,
} from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { offerSoftwareAdapter } from "../../backend-gpu/test/software-adapter.ts";
import * as vision from "../src/index.ts";

interface Values {
  dtype: DType;
  shape: number[];
  data: number[];
}
interface Case extends Values {
  name: string;
  input: string;
  arguments: unknown[];
}
interface Golden {
  inputs: Record<string, Values>;
  cases: Case[];
}

const read = (file: string): Golden =>
  JSON.parse(readFileSync(new URL(`fixtures/${file}.json`, import.meta.url), "utf8")) as Golden;

type Call = (x: Tensor, ...rest: unknown[]) => Tensor;
const calls: Record<string, Call> = {
  ...(vision as unknown as Record<string, Call>),
  filter2dWithKernel: (x, options) => {
    const { kernel, ...rest } = options as { kernel: number[][] };
    return vision.filter2d(x, kernel, rest);
  },
};

/**
 * Bytes: one grey level. Floats: 1e-4 for images from 0 to 1; derivatives are sums of larger terms, and keep six digits of
 * their largest. OpenCV's Lab goes through tables of cubes, precise to 5 in 1000 of its range of 100.
 */
function toleranceOf({ dtype, name, data, shape }: Case): number {
  if (dtype === "uint8") return 1;
  const most = Math.max(1, ...data.map(Math.abs));
  if (/lab/i.test(name)) return shape.length === 3 && name === "rgbToLab" ? 0.5 : 5e-3;
  return 1e-4 * Math.max(1, most / 100);
}

offerSoftwareAdapter();
beforeAll(async () => {
  await use(webgpu());
  await use(wasm({ threads: 2 }));
  await use(cpu());
});

describe.each(["cpu", "wasm", "webgpu"])(
  "as OpenCV and scikit-image compute it, on %s",
  (backend) => {
    for (const file of ["filters", "derivatives", "geometry", "color"]) {
      const { inputs, cases } = read(file);
      for (const name of new Set(cases.map((one) => one.name))) {
        test(name, () =>
          withBackend(backend, async () => {
            const before = memory();
            for (const one of cases.filter((each) => each.name === name)) {
              const { dtype, shape, data } = inputs[one.input]!;
              const x = tensor(data, { dtype, shape });
              const result = calls[name]!(x, ...one.arguments);
              const label = `${name}(${one.input}, ${JSON.stringify(one.arguments)})`;
              expect([result.dtype, result.shape], label).toEqual([one.dtype, one.shape]);
              const values = await result.data();
              const tolerance = toleranceOf(one);
              const wrong = one.data.findIndex((y, i) => !(Math.abs(values[i]! - y) <= tolerance));
              if (wrong >= 0) {
                expect.fail(
                  `${label}: element ${wrong}: expected ${one.data[wrong]}, got ${values[wrong]}`,
                );
              }
              result.dispose();
              x.dispose();
            }
            expect(memory().storages).toBe(before.storages);
          }),
        );
      }
    }
  },
);

test("augmentations and drawings stay on the device", () =>
  withBackend("webgpu", async () => {
    const sample = { image: ones([12, 16, 3]), boxes: ones([1, 4]).mul([2, 2, 9, 8]) };
    const augment = vision.composeAugmentations(vision.randomFlip(), vision.randomAffine({ degrees: 9 })); // prettier-ignore
    const { image, boxes } = await augment(sample, 3);
    expect([image.backend, boxes!.backend]).toEqual(["webgpu", "webgpu"]);
    const drawn = await vision.drawBoxes(image, boxes!, { labels: ["a"] });
    expect([drawn.backend, drawn.shape]).toEqual(["webgpu", [12, 16, 3]]);
  }));
