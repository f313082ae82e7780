import { cpu, wasm } from "@tensorloom/backend-cpu";
import { webgpu } from "@tensorloom/backend-gpu";
import type { Backend } from "@tensorloom/tensor";

/** The backends of this repository, best first. */
export const candidates: Readonly<Record<string, () => Backend>> = { webgpu, wasm, cpu };
