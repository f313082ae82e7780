// npm test: installs and builds what is missing, runs every test once, and ends with `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { countResults } from "./count-results.mjs";
import { install, run } from "./install.mjs";

install();
run("Building", "npx", ["turbo", "run", "build"]);

const results = path.join(tmpdir(), `tensorloom-tests-${process.pid}.json`);
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
const env = { ...process.env };
if (env.CI) env.TENSORLOOM_REQUIRE_BACKENDS = "1";
const { status } = spawnSync("npx", ["vitest", "run", ...reporters, ...process.argv.slice(2)], {
  stdio: ["ignore", "inherit", "inherit"],
  shell: process.platform === "win32",
  env,
});

let report;
try {
  report = JSON.parse(readFileSync(results, "utf8"));
} catch (error) {
  console.error(`The test runner left no report: ${error.message}`);
}
rmSync(results, { force: true });
const { passed, failed, skipped } = ["tensorloom-wasm", "tensorloom-webgpu"]
  .map(tfjsSuite)
  .reduce(sum, countResults(report, status ?? 1));
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** TensorFlow.js' own specs on our kernels; not when only some files are asked for. */
function tfjsSuite(backend) {
  if (process.argv.length > 2) return { passed: 0, failed: 0, skipped: 0 };
  const file = path.join(tmpdir(), `tensorloom-tfjs-suite-${process.pid}.json`);
  const suite = ["packages/backend-tfjs/tfjs-suite/run.mjs", "--backend", backend, "--json", file];
  spawnSync("node", suite, { stdio: ["ignore", "inherit", "inherit"], env });
  try {
    return { ...JSON.parse(readFileSync(file, "utf8")), skipped: 0 };
  } catch (error) {
    console.error(`TensorFlow.js' specs left no report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(file, { force: true });
  }
}

function sum(a, b) {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}
