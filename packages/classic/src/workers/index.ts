export { FitWorkers, fitWorkers, type FitWorkersOptions } from "./fit-workers.ts";
export { serveFits } from "./serve-fits.ts";
export type { BrowserWorker, NodeWorker } from "../parallel/spawn.ts";
