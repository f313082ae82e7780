// Who may import whom: the table of ARCHITECTURE.md, held by test/import-directions.test.ts.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** For each package, what its sources may import. */
export const allowed = {
  tensor: [],
  optim: ["@tensorloom/tensor"],
  nn: ["@tensorloom/tensor", "@tensorloom/tensor/backend", "@tensorloom/optim", "cli-progress"],
  classic: [
    "@tensorloom/tensor",
    "@tensorloom/tensor/linalg",
    "@tensorloom/tensor/backend",
    "#node-workers",
    "cli-progress",
  ],
  data: ["@tensorloom/tensor", "@tensorloom/classic", "papaparse", "sharp"],
  vision: ["@tensorloom/tensor", "@tensorloom/nn", "sharp"],
  plot: ["@tensorloom/tensor", "vega", "vega-lite", "vega-interpreter", "d3-contour", "fast-png"],
  "backend-cpu": ["@tensorloom/tensor/backend"],
  "backend-gpu": ["@tensorloom/tensor/backend", "webgpu"],
  "backend-tfjs": [
    "@tensorloom/tensor",
    "@tensorloom/tensor/backend",
    "@tensorloom/nn",
    "@tensorloom/backend-cpu",
    "@tensorloom/backend-gpu",
    "@tensorflow/*",
  ],
  conformance: [
    "@tensorloom/tensor",
    "@tensorloom/tensor/backend",
    "@tensorloom/tensor/reference",
    "vitest",
    "fast-check",
  ],
  // The rest is for its command line.
  tensorloom: ["@tensorloom/*", "commander", "node:fs", "node:os", "node:url"],
};

/** The packages that depend on nothing but others of this repository. */
export const withoutDependencies = ["tensor", "backend-cpu", "backend-gpu", "nn", "optim"];

/** Returns the packages (not files) that a source text imports. */
export function importedPackages(text) {
  const code = text.replaceAll(/^\s*(\*|\/\/).*$/gm, "");
  const matches = code.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)["']([^"'.][^"']*)["']/g);
  return [...matches].map(([, name]) => name);
}

/** Returns a line for each import that the table does not allow. */
export function violations(packageName, file, text) {
  const table = allowed[packageName];
  if (table === undefined) return [`${file}: package ${packageName} is not in the table`];
  const isAllowed = (name) =>
    table.some((entry) =>
      entry.endsWith("/*") ? name.startsWith(entry.slice(0, -1)) : name === entry,
    );
  return importedPackages(text)
    .filter((name) => !isAllowed(name))
    .map((name) => `${file}: ${packageName} may not import ${name}`);
}

/** Yields the source files of a package, tests left out. */
export function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && /\.(ts|js)$/.test(file) && !file.endsWith(".test.ts")) {
      yield { file, text: readFileSync(file, "utf8") };
    }
  }
}
