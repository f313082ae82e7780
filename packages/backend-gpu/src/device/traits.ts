import { tuningOf, type Tuning } from "./tuning.ts";

/** What the kernels' variants are chosen by. */
export interface DeviceTraits {
  /** A name for tables and messages: vendor and architecture. */
  readonly name: string;
  /** Whether the "device" is the host's processor: workgroup barriers are dear there, and caches large. */
  readonly isSoftware: boolean;
  /** How many buffers a kernel may bind. */
  readonly mostBuffers: number;
  /**
   * Whether four neighbours of a workgroup are a quad, which can swap values. The language does not promise it; it is known
   * of SwiftShader.
   */
  readonly hasQuads: boolean;
  /** How products are cut. */
  readonly tuning: Tuning;
}

/** Returns the traits of a device on an adapter; `info` is undefined where a caller's device does not tell. */
export function traitsOf(
  device: GPUDevice,
  info: GPUAdapterInfo | undefined,
  tuning: Tuning | undefined,
): DeviceTraits {
  const told = [info?.vendor, info?.architecture].filter((part) => part !== "").join(" ");
  const name = told === "" ? "unknown" : told;
  return {
    name,
    isSoftware: isSoftware(info),
    mostBuffers: device.limits.maxStorageBuffersPerShaderStage,
    hasQuads: device.features.has("subgroups") && /swiftshader/i.test(name),
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
