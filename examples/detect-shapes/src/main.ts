import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { wasm } from "@tensorloom/backend-cpu";
import { makeShapes } from "@tensorloom/data";
import { use } from "@tensorloom/tensor";
import { meanAveragePrecision } from "@tensorloom/vision";
import { detect, trainDetector, truthsOf } from "./detector.ts";
import { renderPage } from "./page.ts";

const defaultOutput = fileURLToPath(new URL("../output", import.meta.url));
const { values } = parseArgs({
  options: {
    samples: { type: "string", default: "500" },
    epochs: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
    output: { type: "string", default: defaultOutput },
  },
});
const [samples, epochs, seed] = [values.samples, values.epochs, values.seed].map(Number) as [
  number,
  number,
  number,
];

const backend = await use(wasm());
process.stdout.write(`Tensorloom on ${backend.name}, ${backend.info().threads} thread(s)\n`);
const start = performance.now();
const size = 64;
const widths = [16, 32, 64, 128];
const { detector, history } = await trainDetector({
  ...{ samples, epochs, size, widths, seed, progress: process.stdout.isTTY },
});
const seconds = (performance.now() - start) / 1000;

// Other pictures than those it learnt from: another seed.
const held = await makeShapes({ samples: 200, size, seed: seed + 1000 });
const truths = truthsOf(held);
const all = await detect(detector, held.images, { scoreThreshold: 0.01 });
const voc = await meanAveragePrecision(all, truths, { style: "voc" });
const coco = await meanAveragePrecision(all, truths);
process.stdout.write(
  `Trained on ${samples} pictures for ${epochs} epochs in ${seconds.toFixed(0)} s. On 200 others: ` +
    `mAP@0.5 ${voc.map.toFixed(3)}, mAP@0.5:0.95 ${coco.map.toFixed(3)}\n`,
);
for (const [label, precision] of voc.perClass) {
  process.stdout.write(`  ${detector.classNames[label]}: ${precision.toFixed(3)}\n`);
}

await mkdir(values.output, { recursive: true });
const page = await renderPage({ detector, held, truths, history, voc, coco, seconds, samples });
await writeFile(path.join(values.output, "detections.html"), page);
process.stdout.write(`${path.join(path.relative(".", values.output), "detections.html")}\n`);
process.exit(0);
