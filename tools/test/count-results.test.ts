import { expect, test } from "vitest";
import { countResults } from "../count-results.mjs";

const file = (status: string, ...results: string[]): object => ({
  status,
  assertionResults: results.map((result) => ({ status: result })),
});

test("tests are counted by what became of them", () => {
  const report = {
    testResults: [file("failed", "passed", "failed"), file("passed", "passed", "skipped")],
  };
  expect(countResults(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 1 });
});

test("a file that does not load, a crash, and no report at all are failures", () => {
  expect(countResults({ testResults: [file("failed")] }, 1)).toEqual({
    passed: 0,
    failed: 1,
    skipped: 0,
  });
  expect(countResults({ testResults: [file("passed", "passed")] }, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
  });
  expect(countResults(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
