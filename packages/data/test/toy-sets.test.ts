import { cpu } from "@tensorloom/backend-cpu";
import { use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { loadBreastCancer, loadDigits, loadIris, loadWine } from "../src/index.ts";

beforeAll(async () => void (await use(cpu())));

// Sums of all features and of all class numbers, computed with scikit-learn's copies of the tables (1.2, float64).
const published = [
  { load: loadDigits, shape: [1797, 64], data: 561718, target: 8070, classes: 10 },
  { load: loadIris, shape: [150, 4], data: 2078.7, target: 150, classes: 3 },
  { load: loadWine, shape: [178, 13], data: 159975.295999, target: 167, classes: 3 },
  { load: loadBreastCancer, shape: [569, 30], data: 1056474.4596356, target: 357, classes: 2 },
];

describe("toy sets", () => {
  for (const { load, shape, data: sum, target: classSum, classes } of published) {
    test(`${load.name} is all there`, async () => {
      const { data, target, featureNames, targetNames, description } = await load();
      expect([data.shape, target.shape, target.dtype]).toEqual([shape, [shape[0]], "int32"]);
      // Each value is rounded to float32: relative error 6e-8, and the sum's is no larger.
      expect(Math.abs(data.astype("float64").sum().item() / sum - 1)).toBeLessThan(6e-8);
      expect(target.sum().item()).toBe(classSum);
      expect([featureNames.length, targetNames.length]).toEqual([shape[1], classes]);
      expect(description).toContain("CC BY 4.0");
    });
  }
  test("digits come in the shape asked for", async () => {
    const { data, featureNames } = await loadDigits({ shape: [8, 8, 1] });
    expect([data.shape, data.min().item(), data.max().item()]).toEqual([[1797, 8, 8, 1], 0, 16]);
    expect(featureNames[9]).toBe("pixel_1_1");
  });
});
