import { argsort, customKernel, gather, shaderGrid, tidy, type Tensor } from "@tensorloom/tensor";
import type { SuppressionOptions } from "./candidates.ts";

// Their bits take 128 MB.
const mostOnDevice = 32_768;

/**
 * Resolves to the boxes kept, computed on a device: one kernel compares all pairs and packs what overlaps too much into
 * bits, one more walks through the boxes by falling score. Only the order and a mark a box come back.
 *
 * Undefined for boxes on the host, for too many, and on a device that runs no kernels of packages.
 */
export async function nmsOnDevice(
  boxes: Tensor,
  scores: Tensor,
  options: SuppressionOptions & { readonly iouThreshold: number; readonly isDistance: boolean },
): Promise<Int32Array | undefined> {
  const count = boxes.shape[0]!;
  if (boxes.isOnHost || count === 0 || count > mostOnDevice) return undefined;
  const { iouThreshold, isDistance, scoreThreshold = -Infinity } = options;
  const { maxOutput = Infinity, offset = 0 } = options;
  let result: readonly [order: Tensor, marks: Tensor];
  try {
    result = tidy(() => {
      const places = argsort(scores.astype("float32"), { descending: true });
      const sorted = gather(boxes.astype("float32"), places);
      const [bits] = overlapBits(
        [sorted],
        [{ shape: [count, Math.ceil(count / 32)], dtype: "int32" }],
        [iouThreshold, offset, isDistance ? 1 : 0],
      );
      const [marks] = keptMarks(
        [bits!, sorted, gather(scores.astype("float32"), places)],
        [{ shape: [count], dtype: "int32" }],
        [scoreThreshold, Math.min(maxOutput, count), scoreThreshold === -Infinity ? 1 : 0],
      );
      return [places, marks!] as const;
    });
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "UNSUPPORTED") return undefined;
    throw error;
  }
  const [order, marks] = await Promise.all(result.map((one) => one.data()));
  for (const one of result) one.dispose();
  return Int32Array.from(order!).filter((_, i) => marks![i] === 1);
}

/** For each box a bit for each worse one that overlaps it by more than the threshold: `[n, n / 32]`, from sorted `[n, 4]`. */
const overlapBits = customKernel({
  name: "nms.overlapBits",
  // One invocation a word: 32 pairs.
  wgsl([boxes], [bits]) {
    const count = boxes!.shape[0]!;
    const words = bits!.shape[1]!;
    const { begin, workgroups } = shaderGrid(count * words);
    const source = `
@group(0) @binding(0) var<storage, read> boxes: array<f32>;
@group(0) @binding(1) var<storage, read_write> bits: array<i32>;
@group(0) @binding(2) var<uniform> p: array<vec4f, 1>;
fn boxOf(k: u32) -> vec4f {
  return vec4f(boxes[4u * k], boxes[4u * k + 1u], boxes[4u * k + 2u] + p[0][1], boxes[4u * k + 3u] + p[0][1]);
}
${begin}
  let row = i / ${words}u;
  let first = i % ${words}u * 32u;
  var word = 0u;
  let a = boxOf(row);
  let own = a.zw - a.xy;
  if (first + 31u > row && own.x > 0.0 && own.y > 0.0) {
    for (var k = max(first, row + 1u); k < min(first + 32u, ${count}u); k++) {
      let b = boxOf(k);
      let other = b.zw - b.xy;
      let sides = min(a.zw, b.zw) - max(a.xy, b.xy);
      if (!(sides.x > 0.0 && sides.y > 0.0)) { continue; }
      let met = sides.x * sides.y;
      var overlap = met / (own.x * own.y + other.x * other.y - met);
      if (p[0][2] > 0.0) {
        let shift = (a.xy + a.zw - b.xy - b.zw) / 2.0;
        let hull = max(a.zw, b.zw) - min(a.xy, b.xy);
        overlap -= dot(shift, shift) / dot(hull, hull);
      }
      if (overlap > p[0][0]) { word |= 1u << (k - first); }
    }
  }
  bits[i] = bitcast<i32>(word);
}`;
    return { source, workgroups };
  },
});

const walkers = 256;

/** 1 for each box that is kept, else 0. Bits of numbers are looked at, since a shader may take NaN for anything. */
const keptMarks = customKernel({
  name: "nms.keptMarks",
  // One workgroup: box after box, it adds the bits of those kept to what is dropped, a word an invocation.
  wgsl([bits]) {
    const [count, words] = bits!.shape as readonly [number, number];
    const source = `
@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read> boxes: array<u32>;
@group(0) @binding(2) var<storage, read> scores: array<f32>;
@group(0) @binding(3) var<storage, read_write> marks: array<i32>;
@group(0) @binding(4) var<uniform> p: array<vec4f, 1>;
var<workgroup> dropped: array<u32, ${words}>;
fn isFinite(x: u32) -> bool { return (x & 0x7f800000u) != 0x7f800000u; }
@compute @workgroup_size(${walkers})
fn main(@builtin(local_invocation_index) me: u32) {
  for (var k = me; k < ${words}u; k += ${walkers}u) { dropped[k] = 0u; }
  for (var k = me; k < ${count}u; k += ${walkers}u) { marks[k] = 0; }
  storageBarrier();
  workgroupBarrier();
  var kept = 0.0;
  for (var box = 0u; box < ${count}u; box++) {
    let score = bitcast<u32>(scores[box]);
    let isNumber = isFinite(score) || (score & 0x007fffffu) == 0u;
    let takesPart = isNumber && (p[0][2] > 0.0 || scores[box] >= p[0][0]) && kept < p[0][1]
      && isFinite(boxes[4u * box]) && isFinite(boxes[4u * box + 1u])
      && isFinite(boxes[4u * box + 2u]) && isFinite(boxes[4u * box + 3u]);
    let isKept = takesPart && ((dropped[box / 32u] >> (box % 32u)) & 1u) == 0u;
    workgroupBarrier();
    if (isKept) {
      kept += 1.0;
      for (var k = me; k < ${words}u; k += ${walkers}u) { dropped[k] |= bits[box * ${words}u + k]; }
      if (me == 0u) { marks[box] = 1; }
    }
    workgroupBarrier();
  }
}`;
    return { source, workgroups: [1] };
  },
});
