import { reference } from "@tensorloom/tensor/reference";
import { describe, test } from "vitest";
import { conformanceTests, families } from "../src/index.ts";
import { pairWith } from "../src/registry.ts";

// The reference is what the others are held to; PyTorch and NumPy are what it is held to.
describe("the reference against golden values, and by itself", () => {
  for (const { id, run } of conformanceTests(families)) {
    const isIndependent =
      id.includes("/golden ") || id.startsWith("storage/") || id.includes("adjoints");
    if (isIndependent) test(id, async () => run(pairWith(reference(), 1)));
  }
});
