import type { ShaderModule } from "./module.ts";

/**
 * Lets a shader swap values within subgroups. Neighbours that swap return and loop together, which the compiler cannot see:
 * it would refuse.
 */
export function useSubgroups(module: ShaderModule): void {
  module.directive("enable subgroups");
  module.directive("diagnostic(off, subgroup_uniformity)");
}
