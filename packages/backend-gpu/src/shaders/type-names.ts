/** How many elements an invocation computes at a time: WGSL's scalars or its vectors of four. */
export type Width = 1 | 4;

/** Names of the types of a width. */
export interface TypeNames {
  readonly F: string;
  readonly I: string;
  readonly U: string;
  readonly B: string;
}

/** Returns the names of the types of a width. */
export function typeNames(width: Width): TypeNames {
  return width === 1
    ? { F: "f32", I: "i32", U: "u32", B: "bool" }
    : { F: "vec4f", I: "vec4i", U: "vec4u", B: "vec4<bool>" };
}
