import { mkdir, writeFile } from "node:fs/promises";
import { wasm } from "@tensorloom/backend-cpu";
import { htmlPage, type Section } from "@tensorloom/plot";
import { use } from "@tensorloom/tensor";
import { clusterSection, countSection } from "./clusters.ts";
import { mapSection } from "./maps.ts";
import { neighborSection } from "./neighbors.ts";

await use(wasm());
const sections: Section[] = [];
for (const make of [clusterSection, countSection, mapSection, neighborSection]) {
  const start = performance.now();
  const section = await make();
  sections.push(section);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${section.heading}: ${seconds} s\n`);
}
const page = htmlPage({
  title: "Clusters and maps",
  intro: "What @tensorloom/classic finds without being told, and what neighbours say.",
  sections,
});
await mkdir("output", { recursive: true });
await writeFile("output/clusters-and-maps.html", page);
process.stdout.write("wrote output/clusters-and-maps.html\n");
