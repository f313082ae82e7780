import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { wasm } from "@tensorloom/backend-cpu";
import { htmlPage } from "@tensorloom/plot";
import { use } from "@tensorloom/tensor";
import { depth } from "./depth.ts";
import { ensembles } from "./ensembles.ts";
import { margins } from "./margins.ts";
import { wine } from "./wine.ts";

await use(wasm());
const output = fileURLToPath(new URL("../output", import.meta.url));
const page = htmlPage({
  title: "Margins, trees and ensembles",
  intro: "What the options of support vector machines, decision trees and ensembles do, drawn.",
  sections: [await margins(), await depth(), await ensembles(), await wine()],
});
await mkdir(output, { recursive: true });
const file = path.join(output, "index.html");
await writeFile(file, page);
process.stdout.write(`wrote ${path.relative(process.cwd(), file)}\n`);
