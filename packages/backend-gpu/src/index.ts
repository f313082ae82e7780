export { webgpu } from "./gpu-backend.ts";
export type { WebGpuOptions } from "./device/open-device.ts";
