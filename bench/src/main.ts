import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { classic } from "./classic.ts";
import { conv } from "./conv.ts";
import { gemm } from "./gemm.ts";
import { map } from "./map.ts";
import type { Row, Settings } from "./measure.ts";
import { prune } from "./prune.ts";
import { tfjsDropIn } from "./tfjs-drop-in.ts";
import { tfjsModels } from "./tfjs-models.ts";
import { tiny } from "./tiny.ts";
import { train } from "./train.ts";
import { vision } from "./vision.ts";
import { webgpuPeak } from "./webgpu-peak.ts";
import { webgpuBrowser } from "./webgpu-browser.ts";
import { webgpuBeside } from "./webgpu.ts";

const suites: Readonly<Record<string, (settings: Settings) => Promise<Row[]>>> = {
  gemm,
  conv,
  map,
  prune,
  tiny,
  "tfjs-drop-in": tfjsDropIn,
  "tfjs-models": tfjsModels,
  train,
  classic,
  vision,
  webgpu: webgpuBeside,
  "webgpu-browser": webgpuBrowser,
};

/** Three digits; nothing for what is not known, such as the processor time of a page. */
function digits(value: number): string {
  return Number.isNaN(value) ? "" : value.toPrecision(3);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "15" },
    only: { type: "string", default: "" },
    node24: { type: "boolean", default: false },
    peak: { type: "string" },
  },
});

if (values.node24) {
  // Again with the same arguments, by the npm package that holds Node 24 for this machine.
  const platform = process.platform === "win32" ? "win" : process.platform;
  const rest = process.argv.slice(1).filter((argument) => argument !== "--node24");
  const options = ["exec", "--yes", `--package=node-${platform}-${process.arch}@24`, "--", "node"];
  process.exit(spawnSync("npm", [...options, ...rest], { stdio: "inherit" }).status ?? 1);
}

if (positionals[0] === "webgpu-peak") {
  await webgpuPeak(values.peak === undefined ? undefined : Number(values.peak));
  process.exit(0);
}

const settings = {
  threads: Number(values.threads),
  rounds: Number(values.rounds),
  only: new RegExp(values.only),
};
const chosen = positionals.length > 0 ? positionals : Object.keys(suites);
const rows: Row[] = [];
for (const name of chosen) {
  const suite = suites[name];
  if (suite === undefined) {
    console.error(`bench: expected one of ${Object.keys(suites).join(", ")}, got ${name}`);
    process.exit(2);
  }
  rows.push(...(await suite(settings)));
}
console.table(
  rows.map((row) => ({
    case: `${row.suite} ${row.case}`,
    ours: row.ours,
    ms: digits(row.oursMs),
    "cpu ms": digits(row.oursCpuMs),
    peer: row.peer,
    "peer ms": digits(row.peerMs),
    "peer cpu ms": digits(row.peerCpuMs),
    "times faster": `${row.ratio.toFixed(2)} ± ${row.spread.toFixed(2)}`,
  })),
);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
// Peers keep threads of their own.
process.exit(0);
