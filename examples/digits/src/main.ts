import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { BackendError, use, type Backend } from "@tensorloom/tensor";
import { readOptions, type Options } from "./options.ts";
import { renderReport } from "./report.ts";
import { runWorkflow } from "./workflow.ts";

const defaultOutput = fileURLToPath(new URL("../output", import.meta.url));

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), defaultOutput);
  const start = performance.now();
  const backend = await chooseBackend(options.backend);
  const { threads, features } = backend.info();
  const facts = `${backend.name} (${features.join(", ")}), ${threads} thread${threads === 1 ? "" : "s"}`;
  process.stdout.write(`Tensorloom on ${facts}\n\n`);

  await mkdir(options.output, { recursive: true });
  const show = (file: string): string =>
    path.relative(process.cwd(), path.join(options.output, file));
  const findings = await runWorkflow(options, show("digits.safetensors"));

  const seconds = (performance.now() - start) / 1000;
  const run = { backend: backend.name, threads, features, seed: options.seed, seconds };
  await writeFile(show("report.html"), await renderReport(findings, run));
  process.stdout.write(`\n9. Report with plots: ${show("report.html")}\n`);
  process.stdout.write(`\nDone on ${facts}, in ${seconds.toFixed(1)} s.\n`);
}

/** WebAssembly where it can run, else plain TypeScript, with one line that says why. */
async function chooseBackend(wanted: Options["backend"]): Promise<Backend> {
  if (wanted === "cpu") return use(cpu());
  try {
    return await use(wasm());
  } catch (error) {
    if (wanted === "wasm" || !(error instanceof BackendError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return use(cpu());
  }
}

await main();
