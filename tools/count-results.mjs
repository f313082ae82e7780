/**
 * Counts the tests in vitest's JSON report. A file that could not be loaded has no tests and counts as one failure; so
 * does a run that ended with an error (an unhandled rejection, a crash) though every test passed.
 */
export function countResults(report, exitCode) {
  const files = report?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const count = (...states) => tests.filter(({ status }) => states.includes(status)).length;
  const broken = files.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  ).length;
  const failed = count("failed") + broken;
  return {
    passed: count("passed"),
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: count("skipped", "pending", "todo", "disabled"),
  };
}
