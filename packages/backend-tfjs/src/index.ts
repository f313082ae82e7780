export { tfjs, type TfjsOptions } from "./engine/tfjs-backend.ts";
export type { EngineName } from "./engine/load-engine.ts";
