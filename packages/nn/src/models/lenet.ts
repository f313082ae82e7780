import { ShapeError } from "@tensorloom/tensor";
import { Activation } from "../layers/activation.ts";
import { Conv2d } from "../layers/convolution.ts";
import { Flatten } from "../layers/flatten.ts";
import { Linear } from "../layers/linear.ts";
import { AvgPool2d } from "../layers/pooling.ts";
import { Sequential } from "../layers/sequential.ts";

/** What {@link lenet} takes. */
export interface LenetOptions {
  /** `[height, width, channels]`; `[28, 28, 1]` by default. */
  readonly inputShape?: readonly [number, number, number];
  /** 10 by default. */
  readonly classes?: number;
}

/**
 * Returns LeNet-5: two convolutions of 5x5 with average pooling, then three linear layers, with tanh between. Images smaller
 * than its 32x32 are padded in the first convolution, as is usual for those of 28x28.
 *
 * @param options - inputShape, classes
 * @throws `ShapeError` for images of less than 12x12
 *
 * Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition"; here every filter of the second
 * convolution sees all channels.
 *
 * @example
 * lenet().forward(ones([2, 28, 28, 1])).shape; // => [2,10]
 */
export function lenet(options: LenetOptions = {}): Sequential {
  const { inputShape = [28, 28, 1], classes = 10 } = options;
  const [height, width, channels] = inputShape;
  if (height < 12 || width < 12) {
    throw new ShapeError(
      `lenet: inputShape: expected 12x12 pixels or more, got ${height}x${width}; try resize`,
    );
  }
  const padding = height < 32 || width < 32 ? 2 : 0;
  const left = (size: number): number =>
    Math.floor((Math.floor((size + 2 * padding - 4) / 2) - 4) / 2);
  return new Sequential(
    new Conv2d(channels, 6, 5, { padding }),
    new Activation("tanh"),
    new AvgPool2d(2),
    new Conv2d(6, 16, 5),
    new Activation("tanh"),
    new AvgPool2d(2),
    new Flatten(),
    new Linear(16 * left(height) * left(width), 120),
    new Activation("tanh"),
    new Linear(120, 84),
    new Activation("tanh"),
    new Linear(84, classes),
  );
}
