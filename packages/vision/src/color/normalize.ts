import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import { floatOf, onImages } from "../image/images.ts";

/** What {@link normalize} takes. */
export interface NormalizeOptions {
  /** Subtracted after scaling, one for all channels or one a channel; 0 by default. */
  readonly mean?: number | readonly number[];
  /** What is divided by after that; 1 by default. */
  readonly std?: number | readonly number[];
  /** By which elements are multiplied first; by default 1 / 255 for uint8, 1 for floats. */
  readonly scale?: number;
}

/**
 * Returns images as floats whose channels are centred and scaled: `(x · scale - mean) / std`.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - mean, std, scale
 * @returns the shape of `x`; float32, or float64 if `x` is
 * @throws `ShapeError` for another rank; `ArgumentError` if means or deviations are not one a channel
 *
 * Gradient: to a float `x`. Source: torchvision's ToTensor and Normalize.
 *
 * @example
 * normalize(tensor([[[0, 51, 255]]], { dtype: "uint8" }), { mean: 0.5, std: 0.5 }).toString();
 * // => [[[-1.0, -0.6, 1.0]]]
 */
export function normalize(x: Tensor, options: NormalizeOptions = {}): Tensor {
  return onImages("normalize", x, ({ batch, channels }) => {
    const { scale, shift } = normalization("normalize", x.dtype === "uint8", channels, options);
    const dtype = floatOf(batch);
    const floats = batch.dtype === dtype ? batch : batch.astype(dtype);
    return floats.mul(tensor([...scale], { dtype })).add(tensor([...shift], { dtype }));
  });
}

/** Returns normalization as one factor and one summand a channel. */
export function normalization(
  operation: string,
  isBytes: boolean,
  channels: number,
  { mean = 0, std = 1, scale = isBytes ? 1 / 255 : 1 }: NormalizeOptions,
): { readonly scale: readonly number[]; readonly shift: readonly number[] } {
  const perChannel = (name: string, value: number | readonly number[]): readonly number[] => {
    if (typeof value === "number") return new Array<number>(channels).fill(value);
    if (value.length === channels) return value;
    throw new ArgumentError(
      `${operation}: ${name}: expected one number or ${channels}, one a channel, got ${value.length}`,
    );
  };
  const [means, deviations] = [perChannel("mean", mean), perChannel("std", std)];
  return {
    scale: deviations.map((deviation) => scale / deviation),
    shift: deviations.map((deviation, c) => -means[c]! / deviation),
  };
}
