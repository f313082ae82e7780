import { cpu } from "@tensorloom/backend-cpu";
import { use } from "@tensorloom/tensor";
import { beforeAll, expect, test } from "vitest";
import { describe as describeData } from "../src/index.ts";

beforeAll(async () => void (await use(cpu())));

test("describe counts, orders and correlates, leaving out what is missing", async () => {
  const description = await describeData(
    [
      [1, 2, 5],
      [2, 4, Number.NaN],
      [3, 6, 1],
      [4, 8, 3],
    ],
    { names: ["a", "b", "c"] },
  );
  const [a, , c] = description.columns;
  expect(a).toMatchObject({
    count: 4,
    missing: 0,
    mean: 2.5,
    min: 1,
    q25: 1.75,
    median: 2.5,
    q75: 3.25,
    max: 4,
  });
  expect(a!.std).toBeCloseTo(1.2909944, 6);
  expect(c).toMatchObject({ count: 3, missing: 1, median: 3 });
  const correlation = await description.correlation.data();
  expect(correlation[1]).toBeCloseTo(1, 6);
  // Pearson's r of (1, 3, 4) and (5, 1, 3) by hand: -4 over the root of 14/3 times 8.
  expect(correlation[2]).toBeCloseTo(-4 / Math.sqrt((14 / 3) * 8), 6);
  expect(description.toString().split("\n")).toHaveLength(4);
  await expect(describeData([])).rejects.toThrow(
    "expected shape [rows, columns] with at least one row",
  );
});
