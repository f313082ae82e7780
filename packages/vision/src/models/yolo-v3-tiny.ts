import { MaxPool2d, Module, Sequential } from "@tensorloom/nn";
import { concat, maxPool2d, resize, type Tensor } from "@tensorloom/tensor";
import { ConvolutionBlock } from "./convolution-block.ts";

/** The anchors of YOLOv3-tiny, as [width, height] in pixels of a picture of 416x416: for the coarse scale, and the fine. */
export const yoloV3TinyAnchors: readonly (readonly (readonly [number, number])[])[] = [
  [
    [81, 82],
    [135, 169],
    [344, 319],
  ],
  [
    [10, 14],
    [23, 27],
    [37, 58],
  ],
];

/**
 * YOLOv3-tiny: thirteen convolutions, and predictions on two scales, cells of 32 and of 16 pixels. {@link loadDarknetWeights}
 * reads its published weights.
 *
 * Source: Darknet's yolov3-tiny.cfg; Redmon and Farhadi 2018, arXiv:1804.02767.
 */
export class YoloV3Tiny extends Module<Tensor[]> {
  /** Up to the features of the fine scale, 256 channels in cells of 16 pixels. */
  readonly fine: Sequential;
  /** From there to 256 channels in cells of 32 pixels. */
  readonly coarse: Sequential;
  /** The coarse scale's predictions. */
  readonly coarseHead: Sequential;
  /** From the coarse features towards the fine scale. */
  readonly up: ConvolutionBlock;
  /** The fine scale's predictions. */
  readonly fineHead: Sequential;

  /** @param C - how many classes; 80, as of COCO, by default */
  constructor(C = 80) {
    super();
    const depth = 3 * (5 + C);
    const stages = [3, 16, 32, 64, 128].flatMap((channels, i) => [
      new ConvolutionBlock(channels, 16 << i),
      new MaxPool2d(2),
    ]);
    this.fine = new Sequential(...stages.slice(0, -1));
    this.coarse = new Sequential(
      new MaxPool2d(2),
      new ConvolutionBlock(256, 512),
      new SlidingMax(),
      new ConvolutionBlock(512, 1024),
      new ConvolutionBlock(1024, 256, { kernelSize: 1 }),
    );
    this.coarseHead = headOf(256, 512, depth);
    this.up = new ConvolutionBlock(256, 128, { kernelSize: 1 });
    this.fineHead = headOf(128 + 256, 256, depth);
  }

  /**
   * @param x - `[batch, height, width, 3]`, in [0, 1]; sides are multiples of 32
   * @returns the predictions of the coarse scale and of the fine: `[batch, height / 32, width / 32, 3 (5 + C)]` and
   * `[batch, height / 16, width / 16, 3 (5 + C)]`, as {@link yoloDecode} takes them
   */
  forward(x: Tensor): Tensor[] {
    const fine = this.fine.forward(x);
    const coarse = this.coarse.forward(fine);
    const [, height, width] = fine.shape as readonly [number, number, number, number];
    const raised = resize(this.up.forward(coarse), [height, width], { method: "nearest" });
    return [this.coarseHead.forward(coarse), this.fineHead.forward(concat([raised, fine], -1))];
  }
}

/**
 * Returns {@link YoloV3Tiny}, its weights drawn at random.
 *
 * @param options - `C`: how many classes, 80 by default
 *
 * @example
 * const model = yoloV3Tiny({ C: 2 }).eval();
 * model.call(ones([1, 32, 64, 3])).map(({ shape }) => shape); // => [[1,1,2,21],[1,2,4,21]]
 */
export function yoloV3Tiny(options: { readonly C?: number } = {}): YoloV3Tiny {
  return new YoloV3Tiny(options.C);
}

function headOf(inChannels: number, channels: number, depth: number): Sequential {
  return new Sequential(
    new ConvolutionBlock(inChannels, channels),
    new ConvolutionBlock(channels, depth, { kernelSize: 1, isLinear: true }),
  );
}

/** The largest of 2x2 at each place: Darknet's pooling of size 2 and stride 1, which looks right and down. */
class SlidingMax extends Module {
  forward(x: Tensor): Tensor {
    return maxPool2d(x, 2, {
      stride: 1,
      padding: [
        [0, 1],
        [0, 1],
      ],
    });
  }
}
