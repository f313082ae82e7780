// Canny's second half: from derivatives to edges one pixel wide, and along them from strong pixels to weak ones.
import type { HostArray, Shader, ShaderArray, WasmArray, WasmPlan } from "@tensorloom/tensor";

/** What counts as an edge. */
interface Thresholds {
  readonly low: number;
  readonly high: number;
  /** Whether slopes are squares of lengths. */
  readonly isSquare: boolean;
}

// Directions are told apart at 22.5 and 67.5 degrees.
const tangent22 = Math.SQRT2 - 1;
const tangent67 = Math.SQRT2 + 1;

const weak = 1;
const strong = 255;

/** Fills `out`, `[batch, height, width, 1]`, from derivatives `[batch, height, width, channels]`. */
export function traceEdges(dx: HostArray, dy: HostArray, out: HostArray, limits: Thresholds): void {
  const [batch, height, width, channels] = dx.shape as readonly [number, number, number, number];
  const pixels = height * width;
  // A frame of no slope around: no neighbour needs a check.
  const step = width + 2;
  const slopes = new Float32Array((height + 2) * step);
  const marks = new Uint8Array(slopes.length);
  const across = channels === 1 ? dx.data : new Float32Array(pixels);
  const down = channels === 1 ? dy.data : new Float32Array(pixels);
  const stack = new Int32Array(pixels);
  for (let image = 0; image < batch; image++) {
    const first = image * pixels;
    const base = channels === 1 ? first : 0;
    for (let row = 0, i = 0; row < height; row++) {
      for (let to = (row + 1) * step + 1, end = to + width; to < end; to++, i++) {
        let most = -1;
        for (let c = 0; c < channels; c++) {
          const x = dx.data[(first + i) * channels + c]!;
          const y = dy.data[(first + i) * channels + c]!;
          const slope = limits.isSquare ? x * x + y * y : Math.abs(x) + Math.abs(y);
          if (slope <= most) continue;
          most = slope;
          if (channels === 1) continue;
          across[i] = x;
          down[i] = y;
        }
        slopes[to] = most;
      }
    }
    let waiting = 0;
    marks.fill(0);
    for (let row = 0, i = base; row < height; row++) {
      for (let at = (row + 1) * step + 1, end = at + width; at < end; at++, i++) {
        const slope = slopes[at]!;
        if (slope <= limits.low || !isRidge(slopes, at, step, across[i]!, down[i]!)) continue;
        if (slope > limits.high) {
          marks[at] = strong;
          stack[waiting++] = at;
        } else marks[at] = weak;
      }
    }
    while (waiting > 0) {
      const at = stack[--waiting]!;
      for (let rows = -step; rows <= step; rows += step) {
        for (let other = at + rows - 1; other <= at + rows + 1; other++) {
          if (marks[other] !== weak) continue;
          marks[other] = strong;
          stack[waiting++] = other;
        }
      }
    }
    for (let row = 0; row < height; row++) {
      const from = (row + 1) * step + 1;
      const line = marks.subarray(from, from + width);
      for (let i = 0; i < width; i++)
        out.data[first + row * width + i] = line[i] === strong ? 255 : 0;
    }
  }
}

/** The same in WebAssembly, a call an image. */
export function planEdges(
  [dx, dy]: readonly WasmArray[],
  [out]: readonly WasmArray[],
  [low, high, isSquare]: readonly number[],
): WasmPlan | undefined {
  if (dx!.dtype === "float64") return undefined;
  const [batch, height, width, channels] = dx!.shape as readonly [number, number, number, number];
  const pixels = height * width;
  const calls = Array.from({ length: batch }, (_, image) => {
    const from = 4 * image * pixels * channels;
    const sources = [dx!.address + from, dy!.address + from, out!.address + image * pixels];
    return sources.concat([height, width, channels, low!, high!, isSquare!]);
  });
  const framed = (height + 2) * (width + 2);
  return {
    run: "edges",
    calls,
    workspace: 5 * (framed + 32) + 4 * pixels * (channels > 1 ? 3 : 1),
  };
}

/** Whether the slope is steepest across the edge; of two that are equal, the left or upper one counts. */
function isRidge(slopes: Float32Array, at: number, step: number, x: number, y: number): boolean {
  const slope = slopes[at]!;
  const [flat, steep] = [Math.abs(x), Math.abs(y)];
  if (steep < flat * tangent22) return slope > slopes[at - 1]! && slope >= slopes[at + 1]!;
  if (steep > flat * tangent67) return slope > slopes[at - step]! && slope >= slopes[at + step]!;
  const side = x < 0 !== y < 0 ? -1 : 1;
  return slope > slopes[at - step - side]! && slope > slopes[at + step + side]!;
}

/**
 * The same on WebGPU: a workgroup an image, whose threads first mark all pixels, then spread strong marks until a round
 * changes none.
 */
export function tracingShader([dx]: readonly ShaderArray[], [out]: readonly ShaderArray[]): Shader {
  const [, height, width, channels] = dx!.shape as readonly [number, number, number, number];
  const pixels = height * width;
  return {
    source: `
@group(0) @binding(0) var<storage, read> dx: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> p: array<vec4f, 1>;
var<workgroup> changes: atomic<u32>;
var<workgroup> going: u32;
fn steepest(image: u32, row: i32, column: i32) -> vec3f {
  if (row < 0 || column < 0 || row >= ${height} || column >= ${width}) { return vec3f(0.0); }
  var found = vec3f(0.0, 0.0, -1.0);
  for (var c = 0u; c < ${channels}u; c++) {
    let at = (image * ${pixels}u + u32(row * ${width} + column)) * ${channels}u + c;
    let d = vec2f(dx[at], dy[at]);
    let slope = select(abs(d.x) + abs(d.y), dot(d, d), p[0][2] != 0.0);
    if (slope > found.z) { found = vec3f(d, slope); }
  }
  return found;
}
fn marked(image: u32, row: i32, column: i32) -> f32 {
  let here = steepest(image, row, column);
  if (here.z <= p[0][0]) { return 0.0; }
  let flat_ = abs(here.x);
  let steep = abs(here.y);
  var isRidge = false;
  if (steep < flat_ * ${tangent22}) {
    isRidge = here.z > steepest(image, row, column - 1).z && here.z >= steepest(image, row, column + 1).z;
  } else if (steep > flat_ * ${tangent67}) {
    isRidge = here.z > steepest(image, row - 1, column).z && here.z >= steepest(image, row + 1, column).z;
  } else {
    let side = select(1, -1, (here.x < 0.0) != (here.y < 0.0));
    isRidge = here.z > steepest(image, row - 1, column - side).z && here.z > steepest(image, row + 1, column + side).z;
  }
  return select(0.0, select(${weak}.0, ${strong}.0, here.z > p[0][1]), isRidge);
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = group.x * ${pixels}u;
  for (var i = thread; i < ${pixels}u; i += 256u) {
    result[first + i] = marked(group.x, i32(i / ${width}u), i32(i % ${width}u));
  }
  loop {
    storageBarrier();
    if (thread == 0u) { atomicStore(&changes, 0u); }
    workgroupBarrier();
    for (var i = thread; i < ${pixels}u; i += 256u) {
      if (result[first + i] != ${weak}.0) { continue; }
      let row = i32(i / ${width}u);
      let column = i32(i % ${width}u);
      for (var r = max(row - 1, 0); r <= min(row + 1, ${height - 1}); r++) {
        for (var c = max(column - 1, 0); c <= min(column + 1, ${width - 1}); c++) {
          if (result[first + u32(r * ${width} + c)] == ${strong}.0) {
            result[first + i] = ${strong}.0;
            atomicStore(&changes, 1u);
          }
        }
      }
    }
    workgroupBarrier();
    if (thread == 0u) { going = atomicLoad(&changes); }
    if (workgroupUniformLoad(&going) == 0u) { break; }
  }
  for (var i = thread; i < ${pixels}u; i += 256u) {
    if (result[first + i] == ${weak}.0) { result[first + i] = 0.0; }
  }
}`,
    workgroups: [out!.shape[0]!],
  };
}
