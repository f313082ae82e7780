import { cpus, totalmem } from "node:os";
import { TensorloomError, type BackendInfo } from "@tensorloom/tensor";
import { candidates } from "./candidates.ts";
import { columns } from "./columns.ts";

/** What a backend says of itself here, or why it does not run. */
type Finding =
  | ({ readonly name: string; readonly dtypes: readonly string[] } & BackendInfo)
  | { readonly name: string; readonly reason: string };

/** Resolves to what the machine has, as text or JSON. */
export async function info(asJson: boolean): Promise<string> {
  const machine = {
    runtime: `Node ${process.versions.node}`,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    processors: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  const findings: Finding[] = [];
  for (const name of Object.keys(candidates)) findings.push(await find(name));
  if (asJson) return JSON.stringify({ ...machine, backends: findings }, null, 2);
  const table = columns([
    ["backend", "threads", "features", "dtypes"],
    ...findings.map((found) =>
      "reason" in found
        ? [found.name, "-", "not here", ""]
        : [found.name, found.threads, found.features.join(" ") || "-", found.dtypes.join(" ")],
    ),
  ]);
  const notes = findings.flatMap((found) =>
    "reason" in found
      ? [`${found.name}: ${found.reason}`]
      : found.notes.map((note) => `${found.name}: ${note}`),
  );
  return [
    `${machine.runtime}, ${machine.platform}, ${machine.processors} x ${machine.processor}, ${machine.memoryGiB} GiB`,
    "",
    table,
    ...(notes.length === 0 ? [] : ["", ...notes]),
  ].join("\n");
}

async function find(name: string): Promise<Finding> {
  const backend = candidates[name]!();
  try {
    await backend.initialize?.();
  } catch (error) {
    if (!(error instanceof TensorloomError)) throw error;
    return { name, reason: error.message };
  }
  const found = { name, dtypes: backend.dtypes, ...backend.info() };
  await backend.dispose();
  return found;
}
