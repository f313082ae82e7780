import { wasm } from "@tensorloom/backend-cpu";
import * as tl from "@tensorloom/tensor";
import { clusters } from "./classic/clusters.ts";
import { classicTrees } from "./classic-trees.ts";
import type { Row, Settings } from "./measure.ts";

/** The classical algorithms, beside scikit-learn where /usr/bin/python3 has it, and beside what npm has. */
export async function classic(settings: Settings): Promise<Row[]> {
  await tl.use(wasm({ threads: settings.threads }));
  const rows: Row[] = [];
  for (const part of [clusters, classicTrees]) rows.push(...(await part(settings)));
  return rows;
}
