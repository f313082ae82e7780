import {
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  GlobalAvgPool,
  GlobalMaxPool,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type Module,
} from "@tensorloom/nn";
import type { AveragePoolingOptions, PerAxis } from "@tensorloom/tensor";
import type { LayerKind } from "../layer-kind.ts";
import { inEitherOrder } from "./channel-order.ts";

type Pooling = new (window: PerAxis, options: AveragePoolingOptions) => Module;

function pooling(axes: number, layer: Pooling, options: AveragePoolingOptions = {}): LayerKind {
  return inEitherOrder(axes, {
    build({ config }) {
      const window = config.counts(
        "pool_size",
        axes,
        Array.from({ length: axes }, () => 2),
      );
      const stride = config.counts("strides", axes, window);
      const padding = config.choice("padding", ["valid", "same"], "valid");
      return [new layer(window, { stride, padding, ...options })];
    },
  });
}

// TensorFlow's averages are of the elements inside.
const inside = { countIncludePad: false };

function globalPooling(axes: number, layer: new () => Module): LayerKind {
  return inEitherOrder(axes, {
    refusal: (config) => (config.flag("keepdims", false) ? "keepdims" : undefined),
    rank: () => 2,
    build: () => [new layer()],
  });
}

/** Pooling layers. */
export const poolingKinds: Readonly<Record<string, LayerKind>> = {
  MaxPooling1D: pooling(1, MaxPool1d),
  MaxPooling2D: pooling(2, MaxPool2d),
  MaxPooling3D: pooling(3, MaxPool3d),
  AveragePooling1D: pooling(1, AvgPool1d, inside),
  AveragePooling2D: pooling(2, AvgPool2d, inside),
  AveragePooling3D: pooling(3, AvgPool3d, inside),
  GlobalAveragePooling1D: globalPooling(1, GlobalAvgPool),
  GlobalAveragePooling2D: globalPooling(2, GlobalAvgPool),
  GlobalMaxPooling1D: globalPooling(1, GlobalMaxPool),
  GlobalMaxPooling2D: globalPooling(2, GlobalMaxPool),
};
