import { BackendError } from "@tensorloom/tensor/backend";
import { traitsOf, type DeviceTraits } from "./traits.ts";
import type { Tuning } from "./tuning.ts";

/** What {@link webgpu} takes. */
export interface WebGpuOptions {
  /** Where adapters come from: `navigator.gpu` by default, and in Node that of the npm package `webgpu`. */
  readonly gpu?: GPU;
  /** A device of your own, so that tensors share buffers with your rendering; it stays yours, and is not destroyed. */
  readonly device?: GPUDevice;
  /** Which of several adapters: the fast one by default. */
  readonly powerPreference?: "low-power" | "high-performance";
  /** What {@link WebGpuBackend.tune} found best on this device before. */
  readonly tuning?: Tuning;
}

/** A device, and what it is good at. */
export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly traits: DeviceTraits;
}

const features: readonly GPUFeatureName[] = ["timestamp-query", "subgroups"];
const limits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
] as const;

/**
 * Resolves to the caller's device, or to a new one with all the limits and features that kernels use and the adapter has.
 *
 * @throws {@link BackendError} `BACKEND_UNAVAILABLE` without WebGPU, without an adapter, and when the adapter refuses
 */
export async function openDevice(options: WebGpuOptions): Promise<OpenedDevice> {
  const { device: given, tuning } = options;
  if (given !== undefined) {
    return { device: given, traits: await traitsOf(given, given.adapterInfo, tuning) };
  }
  const gpu = options.gpu ?? (await findGpu());
  const adapter = await gpu.requestAdapter({
    powerPreference: options.powerPreference ?? "high-performance",
  });
  if (adapter === null) {
    throw unavailable(
      "expected a GPU adapter, got none: WebGPU is there, but it finds no device that it may use",
    );
  }
  try {
    const device = await adapter.requestDevice({
      label: "tensorloom",
      requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
    });
    return { device, traits: await traitsOf(device, adapter.info, tuning) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw unavailable(`expected a device of the adapter, but it refused: ${why}`, cause);
  }
}

/** Held for as long as the program runs: Dawn closes when it is collected. */
let nodeGpu: GPU | undefined;

async function findGpu(): Promise<GPU> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  if (navigator?.gpu !== undefined) return navigator.gpu;
  const { process } = globalThis as {
    readonly process?: { readonly versions?: { node?: string } };
  };
  if (process?.versions?.node === undefined) {
    throw unavailable(
      "expected a browser with WebGPU, got one without navigator.gpu: it may be too old, have WebGPU turned off, or " +
        "the page is not served over https",
    );
  }
  if (nodeGpu !== undefined) return nodeGpu;
  try {
    // Bundlers for browsers leave it out: package.json says so.
    const { create } = await import("webgpu");
    return (nodeGpu = create([]));
  } catch (cause) {
    throw unavailable(
      "expected the npm package webgpu, through which Node reaches the GPU, got none; `npm install webgpu`",
      cause,
    );
  }
}

function unavailable(message: string, cause?: unknown): BackendError {
  return new BackendError(`backend webgpu: ${message}; use wasm() or cpu() instead`, {
    unavailable: true,
    cause,
  });
}
