import * as tl from "@tensorloom/tensor";
import { reference } from "@tensorloom/tensor/reference";
import { expect, test } from "vitest";
import { runConformance } from "../src/index.ts";
import { gradientCases } from "../src/suites/gradient-cases.ts";

// The reference against itself proves little, but its gradients are held to finite differences.
runConformance(reference, { name: "reference", only: ["custom", "gradients"] });

/** Exports that take tensors and give none to which a gradient could flow, with the reason. */
const withoutGradients: Readonly<Record<string, readonly string[]>> = {
  "makes tensors of numbers": [
    ...["tensor", "scalar", "zeros", "ones", "full", "eye", "arange", "linspace"],
    ...["zerosLike", "onesLike"],
  ],
  "gives plain numbers": ["resizeTaps", "shaderGrid"],
  "gives integers or booleans": [
    ...["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"],
    ...["logicalAnd", "logicalOr", "logicalXor", "logicalNot", "isnan", "isfinite", "isinf"],
    ...["any", "all", "argmax", "argmin", "argsort", "oneHot", "searchsorted", "unique"],
  ],
  "refuses a gradient by name": ["customKernel", "fusedKernel", "stackedKernel"],
  "is about lifetime, backends, types or files": [
    ...[
      "use",
      "withBackend",
      "backends",
      "currentBackend",
      "tidy",
      "keep",
      "memory",
      "mapTensors",
      "firstNonFinite",
    ],
    ...[
      "promoteTypes",
      "saveSafetensors",
      "loadSafetensors",
      "inspectSafetensors",
      "saveNpy",
      "loadNpy",
      "saveNpz",
    ],
    "loadNpz",
  ],
  "takes gradients or stops them": [
    "grad",
    "valueAndGrad",
    "noGrad",
    "stopGradient",
    "gradientOrder",
  ],
};

test("every operation has a gradient case, or a reason", () => {
  const covered = new Set([
    ...gradientCases.map(({ name }) => name.split("/")[0]!),
    ...Object.values(withoutGradients).flat(),
  ]);
  const operations = Object.entries(tl)
    .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
    .map(([name]) => name);
  expect(operations.filter((name) => !covered.has(name))).toEqual([]);
  expect([...covered].filter((name) => !operations.includes(name))).toEqual([]);
});
