import type { ShaderModule } from "./module.ts";

/**
 * Adds `from_half` and `to_half`: four numbers of 16 bits, in the low bits of words, as floats and back. WGSL's own functions
 * leave open how they round, what is beyond the range, and what is below the smallest normal number; these are exact.
 */
export function addHalfFunctions(module: ShaderModule): void {
  module.define(
    "from_half",
    `fn from_half(bits: vec4u) -> vec4f {
  let magnitude = bits & vec4u(0x7fffu);
  let sign = (bits & vec4u(0x8000u)) << vec4u(16u);
  let special = select(vec4u(0x38000000u), vec4u(0x70000000u), magnitude >= vec4u(0x7c00u));
  let normal = (magnitude << vec4u(13u)) + special;
  let small = bitcast<vec4u>(vec4f(magnitude) * 5.9604644775390625e-8);
  return bitcast<vec4f>(sign | select(normal, small, magnitude < vec4u(0x400u)));
}`,
  );
  // Adding a half of the last place, and one more where it is odd, rounds to the nearest, ties to even; round() does so too.
  module.define(
    "to_half",
    `fn to_half(x: vec4f) -> vec4u {
  let bits = bitcast<vec4u>(x);
  let magnitude = bits & vec4u(0x7fffffffu);
  let sign = (bits >> vec4u(16u)) & vec4u(0x8000u);
  let biased = magnitude - vec4u(0x38000000u);
  let rounded = (biased + vec4u(0xfffu) + ((biased >> vec4u(13u)) & vec4u(1u))) >> vec4u(13u);
  let normal = min(rounded, vec4u(0x7c00u));
  let small = vec4u(round(abs(x) * 16777216.0));
  let number = select(normal, small, magnitude < vec4u(0x38800000u));
  return sign | select(number, vec4u(0x7e00u), magnitude > vec4u(0x7f800000u));
}`,
  );
}
