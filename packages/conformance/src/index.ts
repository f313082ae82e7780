export { conformanceTests, runConformance, unknownIds } from "./run-conformance.ts";
export { families, type BackendFactory, type ConformanceOptions, type Family } from "./target.ts";
export type { ConformanceTest, Pair } from "./registry.ts";
