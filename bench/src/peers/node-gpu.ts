import { existsSync } from "node:fs";

/** The adapter that Chromium brings along, for machines without a GPU. */
const softwareDriver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * Resolves to a device of Dawn in Node, with all that the adapter has, and its name (undefined without an adapter); makes `navigator.gpu` and WebGPU's
 * constants global, which TensorFlow.js asks for.
 */
export async function nodeGpu(): Promise<
  { readonly device: GPUDevice; readonly info: string } | undefined
> {
  if (process.env["VK_ICD_FILENAMES"] === undefined && existsSync(softwareDriver)) {
    process.env["VK_ICD_FILENAMES"] = softwareDriver;
  }
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) return undefined;
  const { limits } = adapter;
  const device = await adapter.requestDevice({
    requiredFeatures: [...adapter.features].filter((name) =>
      ["timestamp-query", "shader-f16", "subgroups"].includes(name),
    ) as GPUFeatureName[],
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    },
  });
  const { vendor, architecture, description } = adapter.info;
  return {
    device,
    info: [vendor, architecture, description].filter((part) => part !== "").join(", "),
  };
}
