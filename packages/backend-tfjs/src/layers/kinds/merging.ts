import type { LayerKind } from "../layer-kind.ts";
import { malformed } from "../model-json.ts";
import { Concatenate, Dot, Merge, type MergeMode } from "../modules/merging.ts";

function merge(mode: MergeMode): LayerKind {
  return {
    rank: (_, inputs) => Math.max(...inputs),
    passesMask: true,
    build: () => [new Merge(mode)],
  };
}

const dot: LayerKind = {
  rank: (_, [a, b]) => Math.max(2, a! + b! - 3),
  build({ config }) {
    const axes = config.integers("axes");
    const [first, second = first] = axes;
    if (axes.length < 1 || axes.length > 2 || axes.includes(0)) {
      throw malformed(`${config.place}: axes`, "an axis, or two, behind the batch", axes);
    }
    return [new Dot([first!, second!], config.flag("normalize", false))];
  },
};

/** Layers that make one tensor of several. */
export const mergingKinds: Readonly<Record<string, LayerKind>> = {
  Add: merge("add"),
  Multiply: merge("multiply"),
  Average: merge("average"),
  Maximum: merge("maximum"),
  Minimum: merge("minimum"),
  Concatenate: {
    passesMask: true,
    build: ({ config }) => [new Concatenate(config.integers("axis", [-1])[0]!)],
  },
  Dot: dot,
};
