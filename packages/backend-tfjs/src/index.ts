export { tfjs, type TfjsOptions } from "./tfjs-backend.ts";
export type { EngineName } from "./engine.ts";
