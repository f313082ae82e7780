import type { LayerKind } from "../layer-kind.ts";
import { malformed } from "../model-json.ts";
import {
  Cropping,
  Permute,
  RepeatVector,
  Reshape,
  UpSampling,
  ZeroPadding,
} from "../modules/rearranging.ts";
import { inEitherOrder } from "./channel-order.ts";

const permute: LayerKind = {
  build({ config }) {
    const axes = config.integers("dims");
    const isPermutation = axes.toSorted((a, b) => a - b).every((axis, i) => axis === i + 1);
    if (!isPermutation) throw malformed(`${config.place}: dims`, "each axis once, from 1", axes);
    return [new Permute(axes)];
  },
};

function padding(axes: number): LayerKind {
  return inEitherOrder(axes, {
    build: ({ config }) => [new ZeroPadding(config.pairs("padding", axes, 1))],
  });
}

function cropping(axes: number): LayerKind {
  return inEitherOrder(axes, {
    build: ({ config }) => [new Cropping(config.pairs("cropping", axes, 1))],
  });
}

function upSampling(axes: number): LayerKind {
  return inEitherOrder(axes, {
    build({ config }) {
      const method = config.choice("interpolation", ["nearest", "bilinear"], "nearest");
      const factors = config.counts(
        "size",
        axes,
        Array.from({ length: axes }, () => 2),
      );
      return [new UpSampling(factors, method === "bilinear" ? "linear" : "nearest")];
    },
  });
}

/** Layers that move elements. */
export const rearrangingKinds: Readonly<Record<string, LayerKind>> = {
  Reshape: {
    rank: (config) => config.shape("target_shape").length + 1,
    build: ({ config }) => [new Reshape(config.shape("target_shape"))],
  },
  Permute: permute,
  RepeatVector: { rank: () => 3, build: ({ config }) => [new RepeatVector(config.count("n"))] },
  ZeroPadding1D: padding(1),
  ZeroPadding2D: padding(2),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
};
