// Canny's second half on WebGPU: what trace-edges.ts does on the host, for all pixels at once.
import { shaderGrid, type Shader, type ShaderArray } from "@tensorloom/tensor";
import { tangent22, tangent67 } from "./trace-edges.ts";

/**
 * Edges as components: pixel `i` is node `i + 1` of a forest, node 0 stands for all strong pixels. Weak pixels are joined to
 * their neighbours, and are edges where their root is 0. Parents have smaller numbers than their children, so that there is no
 * cycle; whoever joins two roots does so by an exchange that fails only where another's has succeeded, so that nobody waits.
 *
 * Outputs are the edges, and each pixel's parent, -1 where there is no ridge. Source: Jaiganesh and Burtscher 2018, "A
 * high-performance connected components implementation for GPUs".
 */
export function tracingShaders(
  [dx]: readonly ShaderArray[],
  [out]: readonly ShaderArray[],
): readonly Shader[] {
  const [, height, width, channels] = dx!.shape as readonly [number, number, number, number];
  const { begin, workgroups } = shaderGrid(out!.shape.reduce((a, b) => a * b, 1));
  const operands = (parent: string): string => `
@group(0) @binding(0) var<storage, read> dx: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> edges: array<f32>;
@group(0) @binding(3) var<storage, read_write> parents: array<${parent}>;
@group(0) @binding(4) var<uniform> p: array<vec4f, 1>;`;
  const mark = `${operands("i32")}
fn steepest(image: u32, row: i32, column: i32) -> vec3f {
  if (row < 0 || column < 0 || row >= ${height} || column >= ${width}) { return vec3f(0.0); }
  var found = vec3f(0.0, 0.0, -1.0);
  for (var c = 0u; c < ${channels}u; c++) {
    let at = (image * ${height * width}u + u32(row * ${width} + column)) * ${channels}u + c;
    let d = vec2f(dx[at], dy[at]);
    let slope = select(abs(d.x) + abs(d.y), dot(d, d), p[0][2] != 0.0);
    if (slope > found.z) { found = vec3f(d, slope); }
  }
  return found;
}
fn isRidge(here: vec3f, image: u32, row: i32, column: i32) -> bool {
  let flat_ = abs(here.x);
  let steep = abs(here.y);
  if (steep < flat_ * ${tangent22}) {
    return here.z > steepest(image, row, column - 1).z && here.z >= steepest(image, row, column + 1).z;
  }
  if (steep > flat_ * ${tangent67}) {
    return here.z > steepest(image, row - 1, column).z && here.z >= steepest(image, row + 1, column).z;
  }
  let side = select(1, -1, (here.x < 0.0) != (here.y < 0.0));
  return here.z > steepest(image, row - 1, column - side).z && here.z > steepest(image, row + 1, column + side).z;
}
${begin}
  let image = i / ${height * width}u;
  let row = i32(i / ${width}u % ${height}u);
  let column = i32(i % ${width}u);
  let here = steepest(image, row, column);
  parents[i] = -1;
  if (here.z <= p[0][0] || !isRidge(here, image, row, column)) { return; }
  parents[i] = select(i32(i) + 1, 0, here.z > p[0][1]);
}`;
  const root = `
fn root(node: i32) -> i32 {
  var at = node;
  while (at != 0) {
    let parent = atomicLoad(&parents[at - 1]);
    if (parent == at || parent == 0) { return parent; }
    let next = atomicLoad(&parents[parent - 1]);
    // Paths are halved on the way.
    if (next != parent) { atomicMin(&parents[at - 1], next); }
    at = next;
  }
  return 0;
}`;
  const join = `${operands("atomic<i32>")}
${root}
fn isMarked(pixel: u32) -> bool { return atomicLoad(&parents[pixel]) >= 0; }
fn join(one: u32, other: u32) {
  var a = i32(one) + 1;
  var b = i32(other) + 1;
  loop {
    a = root(a);
    b = root(b);
    if (a == b) { return; }
    let child = max(a, b);
    if (atomicCompareExchangeWeak(&parents[child - 1], child, min(a, b)).exchanged) { return; }
  }
}
${begin}
  if (!isMarked(i)) { return; }
  let column = i % ${width}u;
  let isBelow = i / ${width}u % ${height}u > 0u;
  let hasLeft = column > 0u && isMarked(i - 1u);
  if (hasLeft) { join(i, i - 1u); }
  if (!isBelow) { return; }
  let above = i - ${width}u;
  // The pixel above touches those beside it, and the left one that above it.
  if (isMarked(above)) { join(i, above); return; }
  if (column > 0u && !hasLeft && isMarked(above - 1u)) { join(i, above - 1u); }
  if (column + 1u < ${width}u && isMarked(above + 1u)) { join(i, above + 1u); }
}`;
  const finish = `${operands("atomic<i32>")}
${root}
${begin}
  edges[i] = select(0.0, 255.0, atomicLoad(&parents[i]) >= 0 && root(i32(i) + 1) == 0);
}`;
  return [mark, join, finish].map((source) => ({ source, workgroups }));
}
