import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  importedPackages,
  sourceFiles,
  violations,
  withoutDependencies,
} from "../import-directions.mjs";

const packages = readdirSync("packages");

describe("every import follows ARCHITECTURE.md's table", () => {
  for (const name of packages) {
    test(name, () => {
      const found = [...sourceFiles(`packages/${name}/src`)].flatMap(({ file, text }) =>
        violations(name, file, text),
      );
      expect(found).toEqual([]);
    });
  }
});

test("tensor, backends, nn and optim depend on nothing outside", () => {
  for (const name of withoutDependencies) {
    const manifest = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
    const outside = Object.keys(manifest.dependencies ?? {}).filter(
      (d) => !d.startsWith("@tensorloom/"),
    );
    expect(outside, name).toEqual([]);
  }
});

test("no package has install scripts, and nothing is evaluated from text", () => {
  for (const name of packages) {
    const { scripts } = JSON.parse(readFileSync(`packages/${name}/package.json`, "utf8"));
    for (const hook of ["preinstall", "install", "postinstall", "prepare"])
      expect(scripts[hook], name).toBeUndefined();
    for (const folder of ["src", "dist"]) {
      for (const { file, text } of sourceFiles(`packages/${name}/${folder}`)) {
        // Not the method of that name, which takes no argument.
        expect(/(?<![.\w])eval\s*\([^)]|new Function\b/.test(text), file).toBe(false);
      }
    }
  }
});

test("the checker sees a violation", () => {
  const bad = 'import { wasm } from "@tensorloom/backend-cpu";';
  expect(violations("nn", "x.ts", bad)).toEqual([
    "x.ts: nn may not import @tensorloom/backend-cpu",
  ]);
  expect(violations("tensor", "x.ts", 'const fs = await import("node:fs");')).toHaveLength(1);
  expect(violations("backend-cpu", "x.ts", 'export * from "@tensorloom/tensor";')).toHaveLength(1);
  expect(
    importedPackages('import a from "./a.ts";\n * import b from "b"\n// import c from "c"'),
  ).toEqual([]);
});
