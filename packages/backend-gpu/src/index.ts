export { webgpu, type BufferRange, type WebGpuBackend, type WorkCounts } from "./gpu-backend.ts";
export type { WebGpuOptions } from "./device/open-device.ts";
export type { Sharing, Tuning } from "./device/tuning.ts";
export { Profile } from "./device/profile.ts";
export type { KernelProfile } from "./device/profiler.ts";
