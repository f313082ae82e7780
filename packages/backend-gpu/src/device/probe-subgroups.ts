import { usage } from "./buffer-pool.ts";

const count = 64;
const source = `enable subgroups;
@group(0) @binding(0) var<storage, read_write> places: array<vec2u, ${count}>;
@compute @workgroup_size(${count})
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) place: u32,
  @builtin(subgroup_size) size: u32,
) {
  places[lane] = vec2u(place, size);
}`;

/**
 * Resolves to how many neighbours of a workgroup are sure to be in one subgroup, one after the other; 1 where the device has
 * no subgroups, or lays them out in another way. The language leaves that open, so the device is asked.
 */
export async function subgroupLanes(
  device: GPUDevice,
  info: GPUAdapterInfo | undefined,
): Promise<number> {
  const least = info?.subgroupMinSize ?? 0;
  if (!device.features.has("subgroups") || least < 4 || count % least !== 0) return 1;
  const size = count * 8;
  const places = device.createBuffer({ size, usage: usage.storage | usage.copySource });
  const staging = device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module: device.createShaderModule({ code: source }), entryPoint: "main" },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: places } }],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(places, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  try {
    await staging.mapAsync(1);
    const found = new Uint32Array(staging.getMappedRange());
    const isInLine = Array.from({ length: count }, (_, lane) => lane).every(
      (lane) => found[2 * lane] === lane % found[2 * lane + 1]!,
    );
    return isInLine ? least : 1;
  } finally {
    places.destroy();
    staging.destroy();
  }
}
