import { cpu, wasm } from "@tensorloom/backend-cpu";
import type { Backend } from "@tensorloom/tensor";

/** The backends of this repository, best first. */
export const candidates: Readonly<Record<string, () => Backend>> = { wasm, cpu };
