/** What the kernels' variants are chosen by. */
export interface DeviceTraits {
  /** A name for tables and messages: vendor and architecture. */
  readonly name: string;
  /** Whether the "device" is the host's processor: workgroup barriers are dear there, and caches large. */
  readonly isSoftware: boolean;
  /** How many buffers a kernel may bind. */
  readonly mostBuffers: number;
  /** How many bytes a workgroup may share. */
  readonly sharedBytes: number;
}

/** Returns the traits of a device on an adapter; `info` is undefined where a caller's device does not tell. */
export function traitsOf(device: GPUDevice, info: GPUAdapterInfo | undefined): DeviceTraits {
  const name = [info?.vendor, info?.architecture].filter((part) => part !== "").join(" ");
  const { maxStorageBuffersPerShaderStage, maxComputeWorkgroupStorageSize } = device.limits;
  return {
    name: name === "" ? "unknown" : name,
    isSoftware: isSoftware(info),
    mostBuffers: maxStorageBuffersPerShaderStage,
    sharedBytes: maxComputeWorkgroupStorageSize,
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
