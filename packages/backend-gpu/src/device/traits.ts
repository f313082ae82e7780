import { subgroupLanes } from "./probe-subgroups.ts";
import { tuningOf, type Tuning } from "./tuning.ts";

/** What the kernels' variants are chosen by. */
export interface DeviceTraits {
  /** A name for tables and messages: vendor and architecture. */
  readonly name: string;
  /** Whether the "device" is the host's processor: workgroup barriers are dear there, and caches large. */
  readonly isSoftware: boolean;
  /** How many buffers a kernel may bind. */
  readonly mostBuffers: number;
  /** How many neighbours of a workgroup are sure to be in one subgroup, and can swap values; 1 without subgroups. */
  readonly lanes: number;
  /** How products are cut. */
  readonly tuning: Tuning;
}

/** Resolves to the traits of a device on an adapter; `info` is undefined where a caller's device does not tell. */
export async function traitsOf(
  device: GPUDevice,
  info: GPUAdapterInfo | undefined,
  tuning: Tuning | undefined,
): Promise<DeviceTraits> {
  const told = [info?.vendor, info?.architecture].filter((part) => part !== "").join(" ");
  const name = told === "" ? "unknown" : told;
  return {
    name,
    isSoftware: isSoftware(info),
    mostBuffers: device.limits.maxStorageBuffersPerShaderStage,
    lanes: await subgroupLanes(device, info),
    tuning: tuning ?? tuningOf(name, isSoftware(info)),
  };
}

/** Tells whether an adapter is the host's processor. */
export function isSoftware(info: GPUAdapterInfo | undefined): boolean {
  if (info === undefined) return false;
  if (info.isFallbackAdapter) return true;
  return /swiftshader|llvmpipe|lavapipe|basic render|warp/i.test(
    `${info.architecture} ${info.device} ${info.description}`,
  );
}
