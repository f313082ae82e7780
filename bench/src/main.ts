import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { conv } from "./conv.ts";
import { gemm } from "./gemm.ts";
import { map } from "./map.ts";
import { tiny } from "./tiny.ts";
import type { Row } from "./measure.ts";

const suites: Readonly<Record<string, () => Promise<Row[]>>> = { gemm, conv, map, tiny };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" } },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(suites);
const rows: Row[] = [];
for (const name of chosen) {
  const suite = suites[name];
  if (suite === undefined) {
    console.error(`bench: expected one of ${Object.keys(suites).join(", ")}, got ${name}`);
    process.exit(2);
  }
  rows.push(...(await suite()));
}
console.table(
  rows.map((row) => ({
    case: `${row.suite} ${row.case}`,
    ours: row.ours,
    ms: row.oursMs.toPrecision(4),
    peer: row.peer,
    "peer ms": row.peerMs.toPrecision(4),
    "times faster": `${row.ratio.toFixed(2)} ± ${row.spread.toFixed(2)}`,
  })),
);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
