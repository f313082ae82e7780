import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { wasm } from "@tensorloom/backend-cpu";
import { use } from "@tensorloom/tensor";
import { studyOverfitting } from "./study.ts";

const output = fileURLToPath(new URL("../output", import.meta.url));
const start = performance.now();
await use(wasm());
const page = await studyOverfitting((line) => void process.stdout.write(`${line}\n`));
await mkdir(output, { recursive: true });
const file = path.join(output, "report.html");
await writeFile(file, page);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
process.stdout.write(`\n${path.relative(process.cwd(), file)}, in ${seconds} s\n`);
