export { FitWorkers, fitWorkers, type FitWorkersOptions } from "./fit-workers.ts";
export { serveFits } from "./serve-fits.ts";
