// What a worker thread of Node runs: it makes a backend like its starter's, and serves.
import { use, type Backend } from "@tensorloom/tensor";
import type { BackendOrigin } from "@tensorloom/tensor/backend";
import { builtin } from "../parallel/spawn.ts";
import { serveFits } from "./serve-fits.ts";

const { origin, threads } = builtin("node:worker_threads")!.workerData as {
  readonly origin: BackendOrigin;
  readonly threads: number;
};
const module = (await import(origin.module)) as Record<string, (options: object) => Backend>;
await use(module[origin.name]!({ ...origin.options, threads }));
serveFits();
