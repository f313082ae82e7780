import type { DType } from "@tensorloom/tensor/backend";
import { typeNames, type Width } from "./type-names.ts";
import type { ShaderModule } from "./module.ts";

/**
 * Adds `sort_key(x)`: a u32 whose order is that of the elements, or with `isReversed` the opposite. Zeros of both signs
 * are equal, and NaN comes last in both directions, or wins where the largest key does.
 */
export function addSortKey(
  module: ShaderModule,
  dtype: DType,
  width: Width,
  isReversed: boolean,
): void {
  const { F, I, U, B } = typeNames(width);
  const flip = isReversed ? "~" : "";
  if (dtype === "float32" || dtype === "float16") {
    module.define(
      "sort_key",
      `fn sort_key(x: ${F}) -> ${U} {
  let bits = bitcast<${U}>(x);
  let magnitude = bits & ${U}(0x7fffffffu);
  let signed = select(bits | ${U}(0x80000000u), ~bits, (bits >> ${U}(31u)) == ${U}(1u));
  let key = select(signed, ${U}(0x80000000u), magnitude == ${U}(0u));
  return select(${flip}key, ${U}(0xffffffffu), magnitude > ${U}(0x7f800000u));
}`,
    );
  } else if (dtype === "int32") {
    module.define(
      "sort_key",
      `fn sort_key(x: ${I}) -> ${U} { return ${flip}(${U}(x) ^ ${U}(0x80000000u)); }`,
    );
  } else if (dtype === "uint8") {
    module.define("sort_key", `fn sort_key(x: ${U}) -> ${U} { return ${flip}x; }`);
  } else {
    const value = `select(${U}(0u), ${U}(1u), x)`;
    module.define("sort_key", `fn sort_key(x: ${B}) -> ${U} { return ${flip}${value}; }`);
  }
}
