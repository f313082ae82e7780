import { reshape, transpose, type Tensor } from "@tensorloom/tensor";
import { contiguous } from "./contiguous.ts";

/** How a program says that channels come before the spatial axes; anything else is channels last, as ours are. */
type DataFormat = string | undefined;

function isChannelsFirst(dataFormat: DataFormat): boolean {
  return dataFormat === "NCHW";
}

/** Returns `[batch, height, width, channels]` of images in a program's order. */
export function channelsLast(images: Tensor, dataFormat: DataFormat): Tensor {
  return isChannelsFirst(dataFormat) ? contiguous(transpose(images, [0, 2, 3, 1])) : images;
}

/** Returns `[batch, height, width, channels]` in a program's order. */
export function inProgramsOrder(images: Tensor, dataFormat: DataFormat): Tensor {
  return isChannelsFirst(dataFormat) ? transpose(images, [0, 3, 1, 2]) : images;
}

/** Returns sizes, or padding, of one entry an axis with channels last. */
export function entriesLast<T>(entries: readonly T[], dataFormat: DataFormat): readonly T[] {
  if (!isChannelsFirst(dataFormat)) return entries;
  const [batch, channels, ...space] = entries;
  return [batch!, ...space, channels!];
}

/** Returns what broadcasts to a convolution's result, a bias or factors, so that it broadcasts to one with channels last. */
export function operandLast<T extends Tensor | null | undefined>(
  x: T,
  dataFormat: DataFormat,
): Tensor | T {
  // One axis is that of the channels in either order.
  if (x == null || !isChannelsFirst(dataFormat) || x.rank < 2) return x;
  const ones = Array.from({ length: 4 - x.rank }, () => 1);
  return transpose(reshape(x, [...ones, ...x.shape]), [0, 2, 3, 1]);
}
