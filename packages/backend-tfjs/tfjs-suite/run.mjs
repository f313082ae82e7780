// npm run test:tfjs-suite: runs the specs that tfjs-core ships in its npm package on our kernels, and compares what fails
// with those that known-failures lists, in both directions.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const { values: options } = parseArgs({
  options: {
    // Or "tensorloom-webgpu"; or "tensorloom-cpu", or an engine of TensorFlow.js, "cpu" or "wasm", whose failures are not listed.
    backend: { type: "string", default: "tensorloom-wasm" },
    // A regular expression for the names of specs.
    only: { type: "string", default: "" },
    // A file for the counts.
    json: { type: "string" },
  },
});
const require = createRequire(import.meta.url);
const here = path.dirname(fileURLToPath(import.meta.url));

// tfjs-core's specs find describe, it and expect among the globals.
Object.assign(globalThis, require("jasmine-core").noGlobals());
const start = performance.now();
const none = { passed: 0, failed: 0, known: 0, leaks: 0 };
const outcome = await runSpecs().catch(unlessUnavailable);
const counts = outcome === undefined ? none : compare(outcome, knownFailures());
if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(counts));
if (outcome === undefined) process.exit(0);
const { passed, failed, known, leaks } = counts;
console.log(
  `TensorFlow.js' specs on ${options.backend}: ${passed} passed, ${failed} failed, ${known} known failures, ` +
    `${leaks} memory leaks, ${Math.round((performance.now() - start) / 1000)} s`,
);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** By name, the reason. */
function knownFailures() {
  const file = path.join(here, "known-failures", `${options.backend}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Where a backend is not required, a machine without it runs nothing. */
function unlessUnavailable(error) {
  if (error.code !== "BACKEND_UNAVAILABLE" || process.env.TENSORLOOM_REQUIRE_BACKENDS) throw error;
  console.log(`TensorFlow.js' specs on ${options.backend}: not run: ${error.message}`);
}

/** Resolves to jasmine's results of the specs that ran. */
async function runSpecs() {
  process.env.SUITE_BACKEND = options.backend;
  const wasmPackage = require.resolve("@tensorflow/tfjs-backend-wasm/package.json");
  process.env.SUITE_WASM_FILES = path.join(path.dirname(wasmPackage), "wasm-out/");
  // From here Node finds what is not in the bundle.
  const cache = path.join(here, "../node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, "tfjs-suite-"));
  const results = [];
  const { log, warn } = console;
  try {
    const specs = await bundleSpecs(folder);
    // They show what debug mode prints.
    console.log = console.warn = () => {};
    await import(pathToFileURL(specs).href);
    const env = jasmine.getEnv();
    const only = new RegExp(options.only);
    env.configure({ random: false, specFilter: (spec) => only.test(spec.getFullName()) });
    env.addReporter({ specDone: (result) => results.push(result) });
    await env.execute();
  } finally {
    Object.assign(console, { log, warn });
    rmSync(folder, { recursive: true });
  }
  return results.filter(({ status }) => status === "passed" || status === "failed");
}

async function bundleSpecs(folder) {
  const outfile = path.join(folder, "specs.mjs");
  const from = JSON.stringify(import.meta.url);
  await build({
    entryPoints: [path.join(here, "specs.mjs")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    mainFields: ["module", "main"],
    // What bundled modules of the older kind look for.
    banner: {
      js: `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(${from});`,
    },
    // tfjs-core's package.json says that its specs have no side effects, and they would be left out.
    ignoreAnnotations: true,
    external: ["webgpu"],
    logLevel: "error",
  });
  return outfile;
}

/** Prints what fails and should not, and the other way round, and counts. */
function compare(results, listed) {
  const failures = results.filter(({ status }) => status === "failed");
  const unexpected = failures.filter(({ fullName }) => !(fullName in listed));
  for (const { fullName, failedExpectations } of unexpected) {
    console.log(`\n${fullName}`);
    for (const { message } of failedExpectations) console.log(`  ${message.slice(0, 500)}`);
  }
  const names = new Set(failures.map(({ fullName }) => fullName));
  const closed =
    options.only === "" ? Object.keys(listed).filter((fullName) => !names.has(fullName)) : [];
  for (const fullName of closed) {
    console.log(`\nListed in known-failures, but it does not fail: ${fullName}`);
  }
  const isLeak = ({ message }) => message.includes("internal memory leak");
  return {
    passed: results.length - failures.length,
    failed: unexpected.length + closed.length,
    known: failures.length - unexpected.length,
    leaks: failures.filter(({ failedExpectations }) => failedExpectations.some(isLeak)).length,
  };
}
