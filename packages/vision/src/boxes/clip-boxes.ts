import { maximum, minimum, tensor, tidy, type Tensor } from "@tensorloom/tensor";
import { checkedBoxes, columnsOf } from "./check-boxes.ts";

/**
 * Returns boxes cut at the borders of a picture.
 *
 * @param boxes - `[..., 4]`, as [x1, y1, x2, y2]
 * @param imageSize - [height, width]
 * @returns `[..., 4]`; boxes that lie outside become empty, at the border
 * @throws `ShapeError` unless the last axis is 4
 *
 * Gradient: to what is not cut. Source: torchvision's clip_boxes_to_image.
 *
 * @example
 * clipBoxes(tensor([[-5, 2, 8, 20]]), [10, 10]).toString(); // => [[ 0, 2, 8, 10]]
 */
export function clipBoxes(
  boxes: Tensor,
  imageSize: readonly [height: number, width: number],
): Tensor {
  return tidy(() => {
    const given = checkedBoxes("clipBoxes", "boxes", boxes);
    const [height, width] = imageSize;
    const limit = tensor([width, height, width, height], { dtype: given.dtype });
    return minimum(maximum(given, 0), limit);
  });
}

/**
 * Returns the areas of boxes: width times height, as they are, so negative where one of the two is.
 *
 * @param boxes - `[..., 4]`, as [x1, y1, x2, y2]
 * @returns `[...]`
 * @throws `ShapeError` unless the last axis is 4
 *
 * Gradient: to `boxes`. Source: torchvision's box_area.
 *
 * @example
 * boxArea(tensor([[0, 0, 2, 3], [1, 1, 1, 5]])).toString(); // => [6, 0]
 */
export function boxArea(boxes: Tensor): Tensor {
  return tidy(() => {
    const [x1, y1, x2, y2] = columnsOf(checkedBoxes("boxArea", "boxes", boxes));
    return x2.sub(x1).mul(y2.sub(y1));
  });
}
