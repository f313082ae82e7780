export { conformanceTests, runConformance, unknownIds } from "./run-conformance.ts";
export { families, type BackendFactory, type ConformanceOptions, type Family } from "./target.ts";
export type { ConformanceTest, Needs, Pair } from "./registry.ts";
export { defaultUnits, type OperationClass, type UnitTable } from "./tolerances.ts";
