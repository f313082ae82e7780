// A video's frame on WebGPU: the device reads it where it lies, and nothing passes through host memory.
import { currentBackend, zeros, type Tensor } from "@tensorloom/tensor";

/** What of a device is used, typed here: the platform's types do not have WebGPU everywhere yet. */
interface Device {
  readonly queue: { submit(commands: readonly unknown[]): void };
  importExternalTexture(options: { readonly source: unknown }): unknown;
  createShaderModule(options: { readonly code: string }): unknown;
  createComputePipeline(options: Readonly<Record<string, unknown>>): Pipeline;
  createBindGroup(options: Readonly<Record<string, unknown>>): unknown;
  createCommandEncoder(): {
    beginComputePass(): {
      setPipeline(pipeline: Pipeline): void;
      setBindGroup(index: number, group: unknown): void;
      dispatchWorkgroups(x: number, y: number): void;
      end(): void;
    };
    finish(): unknown;
  };
}

interface Pipeline {
  getBindGroupLayout(index: number): unknown;
}

/** A backend whose device and buffers can be had: `webgpu()` of @tensorloom/backend-gpu. */
interface SharingBackend {
  readonly device: Device;
  bufferOf(tensor: Tensor): { readonly buffer: unknown; readonly byteOffset: number };
}

// A thread four bytes of the result.
const code = `
override first: u32;
override bytes: u32;
override width: u32;
override channels: u32;
@group(0) @binding(0) var frame: texture_external;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let word = id.y * groups.x * 64u + id.x;
  var packed = 0u;
  for (var i = 0u; i < 4u; i++) {
    let at = word * 4u + i;
    if (at >= bytes) { break; }
    let pixel = at / channels;
    let color = textureLoad(frame, vec2u(pixel % width, pixel / width));
    let gray = dot(color.rgb, vec3f(0.299, 0.587, 0.114));
    let value = select(color[at % channels], gray, channels == 1u);
    packed |= u32(round(clamp(value, 0.0, 1.0) * 255.0)) << (8u * i);
  }
  if (word * 4u < bytes) { words[first + word] = packed; }
}`;

const modules = new WeakMap<Device, unknown>();

/** Returns a frame as a tensor on the current backend, if that is WebGPU and its adapter reads videos. */
export function frameOnDevice(
  frame: VideoFrame | HTMLVideoElement,
  [width, height]: readonly [number, number],
  channels: 1 | 3 | 4,
): Tensor | undefined {
  const { device, bufferOf } = currentBackend() as unknown as Partial<SharingBackend>;
  if (device === undefined || bufferOf === undefined) return undefined;
  let texture: unknown;
  try {
    texture = device.importExternalTexture({ source: frame });
  } catch {
    // Software adapters may not: the frame then goes through a canvas.
    return undefined;
  }
  const result = zeros([height, width, channels], "uint8");
  const { buffer, byteOffset } = bufferOf.call(currentBackend(), result);
  let module = modules.get(device);
  if (module === undefined) modules.set(device, (module = device.createShaderModule({ code })));
  const constants = { first: byteOffset / 4, bytes: result.size, width, channels };
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module, entryPoint: "main", constants },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [
      { binding: 0, resource: texture },
      { binding: 1, resource: { buffer } },
    ],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  const groups = Math.ceil(result.size / 256);
  const across = Math.min(groups, 65_535);
  pass.dispatchWorkgroups(across, Math.ceil(groups / across));
  pass.end();
  device.queue.submit([encoder.finish()]);
  return result;
}
