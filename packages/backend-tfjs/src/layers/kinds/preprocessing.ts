import type { Config } from "../config.ts";
import type { LayerKind } from "../layer-kind.ts";
import { CategoryEncoding, CenterCrop, Resizing, type Size } from "../modules/preprocessing.ts";

function sizeOf(config: Config): Size {
  return [config.count("height"), config.count("width")];
}

/** As files have it, and as our module does. */
const modes = { one_hot: "oneHot", multi_hot: "multiHot", count: "count" } as const;

/** Layers that prepare samples. */
export const preprocessingKinds: Readonly<Record<string, LayerKind>> = {
  Resizing: {
    build({ config }) {
      const method = config.choice("interpolation", ["bilinear", "nearest"], "bilinear");
      // TensorFlow.js takes one for the other.
      const alignsCorners = !config.flag("crop_to_aspect_ratio", false);
      return [
        new Resizing(sizeOf(config), method === "bilinear" ? "linear" : "nearest", alignsCorners),
      ];
    },
  },
  CenterCrop: { build: ({ config }) => [new CenterCrop(sizeOf(config))] },
  CategoryEncoding: {
    refusal: (config) => (config.raw("output_mode") === "tf_idf" ? "tf_idf" : undefined),
    rank: () => 2,
    build({ config }) {
      const names = ["multi_hot", "one_hot", "count"] as const;
      const mode = config.choice("output_mode", names, "multi_hot");
      return [new CategoryEncoding(config.count("num_tokens"), modes[mode])];
    },
  },
};
