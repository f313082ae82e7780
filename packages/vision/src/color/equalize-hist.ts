import {
  DTypeError,
  ShapeError,
  tensor,
  where,
  ones,
  scatterAdd,
  stack,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { onImages, toBytes } from "../image/images.ts";

/**
 * Returns images whose brightnesses are spread evenly: each is replaced by the share of pixels that are not brighter.
 *
 * @param x - `[height, width, 1]` or `[batch, height, width, 1]`; uint8
 * @returns the shape of `x`; uint8
 * @throws `ShapeError` for another rank, or other channels (convert to `rgbToYCbCr`, and equalize Y); `DTypeError` for floats
 *
 * It has no gradient. Source: OpenCV's equalizeHist.
 *
 * @example
 * equalizeHist(tensor([[[10], [11], [12]]], { dtype: "uint8" })).toString(); // => [[[  0], [128], [255]]]
 */
export function equalizeHist(x: Tensor): Tensor {
  if (x.dtype !== "uint8") {
    throw new DTypeError(
      `equalizeHist: x: expected uint8, got ${x.dtype}; try x.mul(255).round().astype("uint8")`,
    );
  }
  return onImages("equalizeHist", x, ({ batch, count, height, width, channels }) => {
    if (channels !== 1)
      throw new ShapeError(`equalizeHist: x: expected 1 channel, got ${channels}`);
    const pixels = height * width;
    const images = Array.from({ length: count }, (_image, image) => {
      const levels = batch.slice([image, 0, 0, 0], [image + 1, height, width, 1]);
      const indices = levels.reshape([pixels]).astype("int32");
      const counts = scatterAdd(zeros([256]), indices, ones([pixels]), 0);
      const below = counts.cumsum(0);
      // The darkest level that occurs becomes 0; a picture of one level alone stays as it is.
      const first = where(below.greater(0), below, pixels).min();
      const isFlat = first.equal(pixels);
      const spread = below.sub(first).mul(255).div(first.neg().add(pixels).maximum(1));
      const identity = tensor(Float32Array.from({ length: 256 }, (_, level) => level));
      const table = toBytes(where(isFlat, identity, spread));
      return table.gather(indices).reshape([height, width, 1]);
    });
    return stack(images);
  });
}
