import {
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose2d,
  DepthwiseConv2d,
  SeparableConv2d,
} from "@tensorloom/nn";
import type { Padding, PerAxis } from "@tensorloom/tensor";
import type { Margins } from "../modules/rearranging.ts";
import {
  refused,
  writes,
  written,
  type LayerWriter,
  type WriterEntry,
  type WrittenLayer,
} from "../written-layer.ts";

/** Returns one number an axis. */
export function perAxis(value: PerAxis | undefined, axes: number): number[] {
  const given = value ?? 1;
  return typeof given === "number" ? Array.from({ length: axes }, () => given) : [...given];
}

/** Returns how a window is padded: a word of TensorFlow's, or margins that must be laid around before. */
export function paddingOf(
  padding: Padding | undefined,
  axes: number,
): { readonly word: "valid" | "same"; readonly margins: Margins | undefined } {
  if (padding === undefined || padding === "valid") return { word: "valid", margins: undefined };
  if (padding === "same") return { word: "same", margins: undefined };
  const margins =
    typeof padding === "number"
      ? Array.from({ length: axes }, (): [number, number] => [padding, padding])
      : padding;
  const isNone = margins.every(([before, after]) => before === 0 && after === 0);
  return { word: "valid", margins: isNone ? undefined : margins };
}

interface Windowed {
  readonly window: {
    readonly stride?: PerAxis;
    readonly dilation?: PerAxis;
    readonly padding?: Padding;
    readonly groups?: number;
  };
}

/** Returns a convolution's options, after the layer that lays its margins around. */
function windowed(
  { window }: Windowed,
  axes: number,
): { readonly before: WrittenLayer[]; readonly config: Record<string, string | number[]> } {
  const [strides, dilation] = [perAxis(window.stride, axes), perAxis(window.dilation, axes)];
  if ((window.groups ?? 1) > 1) throw refused("groups");
  if ([strides, dilation].every((steps) => steps.some((step) => step > 1))) {
    throw refused("stride and dilation together");
  }
  const { word, margins } = paddingOf(window.padding, axes);
  if (margins !== undefined && axes !== 2) throw refused("padding by numbers");
  return {
    before:
      margins === undefined ? [] : [written("ZeroPadding2D", 4, { padding: margins as never })],
    config: { strides, dilation_rate: dilation, padding: word },
  };
}

const convolution: LayerWriter<Conv1d | Conv2d | Conv3d> = (layer, rank) => {
  const kernel = layer.weight.value;
  const axes = kernel.rank - 2;
  const { before, config } = windowed(layer, axes);
  const all = {
    ...config,
    filters: kernel.shape.at(-1)!,
    kernel_size: kernel.shape.slice(0, axes),
    use_bias: layer.bias !== undefined,
  };
  return [...before, written(`Conv${axes}D`, rank, all, { kernel, bias: layer.bias?.value })];
};

/** `[height, width, 1, channels × multiplier]` to `[height, width, channels, multiplier]`. */
function unflattened(
  kernel: DepthwiseConv2d["weight"],
  multiplier: number,
): DepthwiseConv2d["weight"]["value"] {
  const [height, width, , filters] = kernel.shape as readonly [number, number, number, number];
  return kernel.value.reshape([height, width, filters / multiplier, multiplier]);
}

const depthwise: LayerWriter<DepthwiseConv2d> = (layer, rank) => {
  const { before, config } = windowed(layer, 2);
  if (perAxis(layer.window.dilation, 2).some((step) => step > 1)) throw refused("dilation");
  const all = {
    ...config,
    kernel_size: layer.weight.shape.slice(0, 2),
    depth_multiplier: layer.multiplier,
    use_bias: layer.bias !== undefined,
  };
  const weights = {
    depthwise_kernel: unflattened(layer.weight, layer.multiplier),
    bias: layer.bias?.value,
  };
  return [...before, written("DepthwiseConv2D", rank, all, weights)];
};

const separable: LayerWriter<SeparableConv2d> = (layer, rank) => {
  const { before, config } = windowed(layer, 2);
  const multiplier = layer.depthwise.shape[3]! / layer.inChannels;
  const all = {
    ...config,
    filters: layer.pointwise.shape[3]!,
    kernel_size: layer.depthwise.shape.slice(0, 2),
    depth_multiplier: multiplier,
    use_bias: layer.bias !== undefined,
  };
  const weights = {
    depthwise_kernel: unflattened(layer.depthwise, multiplier),
    pointwise_kernel: layer.pointwise.value,
    bias: layer.bias?.value,
  };
  return [...before, written("SeparableConv2D", rank, all, weights)];
};

const transposed: LayerWriter<ConvTranspose2d> = ({ window, weight, bias }, rank) => {
  if ((window.groups ?? 1) > 1) throw refused("groups");
  if (perAxis(window.dilation, 2).some((step) => step > 1)) throw refused("dilation");
  const strides = perAxis(window.stride, 2);
  const size = weight.shape.slice(0, 2);
  const { word, margins } = paddingOf(window.padding, 2);
  const asked = perAxis(window.outputPadding ?? 0, 2);
  // What TensorFlow's result has more than ours, after what is cut off.
  const cut = strides.map((stride, axis): [number, number] => {
    const more = word === "same" ? 0 : Math.max(0, stride - size[axis]!);
    const [before, after] = margins?.[axis] ?? [0, 0];
    return [before, after + more - asked[axis]!];
  });
  if (cut.some(([, after]) => after < 0)) throw refused("outputPadding");
  const config = {
    strides,
    padding: word,
    filters: weight.shape[3]!,
    kernel_size: size,
    use_bias: bias !== undefined,
  };
  const weights = { kernel: weight.value.transpose([0, 1, 3, 2]), bias: bias?.value };
  const layer = written("Conv2DTranspose", rank, config, weights);
  const isWhole = cut.flat().every((n) => n === 0);
  return isWhole ? [layer] : [layer, written("Cropping2D", rank, { cropping: cut })];
};

/** Convolutions. */
export const convolutionWriters: readonly WriterEntry[] = [
  writes(Conv1d, convolution),
  writes(Conv2d, convolution),
  writes(Conv3d, convolution),
  writes(DepthwiseConv2d, depthwise),
  writes(SeparableConv2d, separable),
  writes(ConvTranspose2d, transposed),
];
