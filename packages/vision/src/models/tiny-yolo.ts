import { MaxPool2d, Sequential } from "@tensorloom/nn";
import { ArgumentError } from "@tensorloom/tensor";
import { ConvolutionBlock } from "./convolution-block.ts";

/** What {@link tinyYolo} takes. */
export interface TinyYoloOptions {
  /** Classes. */
  readonly C: number;
  /** How many anchors a cell has. */
  readonly anchors: number;
  /** The channels of each stage; all but the last halve the picture's sides. [16, 32, 64, 128] by default. */
  readonly widths?: readonly number[];
}

/**
 * Returns a small detector of one scale, which learns from scratch in minutes: stages of 3x3 convolutions, each followed by a
 * pooling but for the last, one more convolution, and a linear one that predicts. With the default widths it has 0.25
 * million parameters, and a cell is 8 pixels wide.
 *
 * Its predictions are as {@link yoloV3Loss} and {@link yoloDecode} take them.
 *
 * @param options - classes, anchors, widths
 * @throws `ArgumentError` for numbers that are not positive and whole
 *
 * @example
 * const model = tinyYolo({ C: 3, anchors: 2 });
 * model.call(ones([1, 64, 64, 3])).shape; // => [1,8,8,16]
 */
export function tinyYolo(options: TinyYoloOptions): Sequential {
  const { C, anchors, widths = [16, 32, 64, 128] } = options;
  for (const [name, values] of Object.entries({ C: [C], anchors: [anchors], widths })) {
    if (values.length > 0 && values.every((n) => Number.isInteger(n) && n > 0)) continue;
    throw new ArgumentError(
      `tinyYolo: ${name}: expected positive whole numbers, got [${values.join(", ")}]`,
    );
  }
  const last = widths.at(-1)!;
  return new Sequential(
    ...widths.flatMap((width, i) => {
      const block = new ConvolutionBlock(widths[i - 1] ?? 3, width);
      return i === widths.length - 1 ? [block] : [block, new MaxPool2d(2)];
    }),
    new ConvolutionBlock(last, last),
    new ConvolutionBlock(last, anchors * (5 + C), { kernelSize: 1, isLinear: true }),
  );
}
