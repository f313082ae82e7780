/** What a shader that runs once for each of `count` elements needs. */
export interface ShaderGrid {
  readonly workgroups: readonly [x: number, y: number];
  /** The head of `main`, and the element's number `i`; ends at once beyond the last element. */
  readonly begin: string;
}

const size = 64;
const mostAlongOneAxis = 65_535;

/** Lays `count` invocations out over two axes: one alone reaches 4 million. */
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
