/** What the WGSL version of a {@link customKernel} needs to run once for each of some elements. */
export interface ShaderGrid {
  /** For the `workgroups` of a shader. */
  readonly workgroups: readonly [x: number, y: number];
  /** The head of `main`, where the element's number is `i`, a `u32`; it ends at once beyond the last element. */
  readonly begin: string;
}

const size = 64;
const mostAlongOneAxis = 65_535;

/**
 * Lays invocations of a shader out, one an element: over two axes, since along one alone 4 million have room.
 *
 * @param count - how many
 * @returns `workgroups`, and `begin`, to which the shader adds the rest of `main` and a brace
 *
 * @example
 * const twice = customKernel({
 *   name: "twice",
 *   host: ([x], [out]) => void x.data.forEach((value, i) => (out.data[i] = 2 * value)),
 *   wgsl([x]) {
 *     const { workgroups, begin } = shaderGrid(x.shape[0]);
 *     const source = `
 *       @group(0) @binding(0) var<storage, read> x: array<f32>;
 *       @group(0) @binding(1) var<storage, read_write> out: array<f32>;
 *       ${begin} out[i] = 2.0 * x[i]; }`;
 *     return { workgroups, source };
 *   },
 * });
 * twice([tensor([1, 2])], [{ shape: [2], dtype: "float32" }])[0].toString(); // => [2, 4]
 */
export function shaderGrid(count: number): ShaderGrid {
  const groups = Math.max(1, Math.ceil(count / size));
  const columns = Math.min(groups, mostAlongOneAxis);
  return {
    workgroups: [columns, Math.ceil(groups / columns)],
    begin: `@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y * ${columns * size}u + id.x;
  if (i >= ${count}u) { return; }`,
  };
}
