import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

interface Outcome {
  readonly status: string;
  readonly title: string;
  readonly message: string;
}

/** Runs the targets of frame/ in a process of their own; returns what each test of each target came to. */
async function outcomes(env: Record<string, string>): Promise<Map<string, Outcome[]>> {
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
    "vitest.mjs",
  );
  const root = join(import.meta.dirname, "frame");
  const { TENSORLOOM_REQUIRE_BACKENDS: _, ...inherited } = process.env;
  const output = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [vitest, "run", "--root", root, "--reporter=json"],
      { env: { ...inherited, ...env }, maxBuffer: 2 ** 26 },
      // The exit status is 1, since tests fail.
      (_error, stdout) => resolve(stdout),
    );
  });
  const report = JSON.parse(output.slice(output.indexOf("{"))) as {
    testResults: {
      assertionResults: {
        ancestorTitles: string[];
        title: string;
        status: string;
        failureMessages: string[];
      }[];
    }[];
  };
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const byTarget = new Map<string, Outcome[]>();
  for (const { ancestorTitles, title, status, failureMessages } of results) {
    const target = ancestorTitles[0]!.replace("conformance: ", "");
    const list = byTarget.get(target) ?? [];
    list.push({ status, title, message: failureMessages.join("\n") });
    byTarget.set(target, list);
  }
  return byTarget;
}

const failed = (list: readonly Outcome[]): string[] =>
  list.filter(({ status }) => status === "failed").map(({ title }) => title);

describe("what the suite reports", () => {
  let results: Map<string, Outcome[]>;
  beforeAll(async () => {
    results = await outcomes({});
  });
  const of = (target: string): Outcome[] => results.get(target)!;

  test("a wrong kernel fails its family's tests, with the element and the bound", () => {
    const list = of("undeclared");
    expect(failed(list)).toContain("scan/sum float32");
    const { message } = list.find(({ title }) => title === "scan/sum float32")!;
    expect(message).toMatch(
      /scan .*element 59 of 60: expected .*, got .*; they differ by .* is allowed/,
    );
  });

  test("a declared gap passes by failing; others still fail", () => {
    const list = of("declared");
    const declared = "scan/sum float32 (declared gap: the last element is wrong)";
    expect(list.find(({ title }) => title === declared)!.status).toBe("passed");
    expect(failed(list)).toContain("scan/sum int32");
  });

  test("a declared gap that passes is an error", () => {
    expect(failed(of("surprise"))).toEqual(["scan/sum float32 (declared gap: mended long ago)"]);
  });

  test("a declared gap that names no test is an error", () => {
    const list = of("misspelt");
    expect(failed(list)).toEqual(["declared gaps name tests"]);
    expect(list.find(({ status }) => status === "failed")!.message).toContain("flaot32");
  });

  test("what the machine lacks is skipped", () => {
    for (const target of ["absent", "unavailable"]) {
      const list = of(target);
      expect(failed(list), target).toEqual([]);
      expect(list.filter(({ status }) => status === "passed").map(({ title }) => title)).toEqual([
        "declared gaps name tests",
      ]);
    }
  });

  test("a dtype that a backend lacks skips its tests alone", () => {
    const list = of("narrow");
    expect(failed(list)).toEqual([]);
    const skipped = list.filter(({ status }) => status !== "passed").map(({ title }) => title);
    expect(skipped).toEqual(["scan/sum float64", "scan/prod float64", "scan/float16 sums"]);
  });
});

test("where backends are required, an absent one fails", async () => {
  const results = await outcomes({ TENSORLOOM_REQUIRE_BACKENDS: "1" });
  for (const target of ["absent", "unavailable"]) {
    expect(
      results.get(target)!.some(({ status }) => status === "passed"),
      target,
    ).toBe(false);
  }
});
