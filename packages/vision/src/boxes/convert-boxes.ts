import { ArgumentError, stack, tensor, tidy, type Tensor } from "@tensorloom/tensor";
import { checkedBoxes, columnsOf } from "./check-boxes.ts";

/** Corners [x1, y1, x2, y2]; a corner and sizes [x1, y1, width, height]; a centre and sizes [cx, cy, width, height]. */
export type BoxFormat = "xyxy" | "xywh" | "cxcywh";

/** What {@link convertBoxes} takes. */
export interface ConvertBoxesOptions {
  /** The picture's [height, width]: needed if the units change. */
  readonly imageSize?: readonly [height: number, width: number];
  /** Whether numbers come as pixels, or normalised: as shares of the picture's width and height; pixels by default. */
  readonly fromUnits?: "pixels" | "normalized";
  /** The same of the numbers that are returned; by default those of the boxes given. */
  readonly toUnits?: "pixels" | "normalized";
}

/**
 * Returns boxes in another format, in pixels or normalised.
 *
 * @param boxes - `[..., 4]`, in the format `from`
 * @param from - their format
 * @param to - the format wanted
 * @param options - the picture's size and units, if they change
 * @returns `[..., 4]`, float
 * @throws `ShapeError` unless the last axis is 4; `ArgumentError` for an unknown format, or units without a size
 *
 * Gradient: to `boxes`. Source: torchvision's box_convert, with units.
 *
 * @example
 * const boxes = tensor([[10, 20, 30, 60]]);
 * convertBoxes(boxes, "xyxy", "cxcywh").toString(); // => [[20, 40, 20, 40]]
 * const inShares = convertBoxes(boxes, "xyxy", "xywh", { imageSize: [100, 200], toUnits: "normalized" });
 * inShares.toString(); // => [[0.05, 0.20, 0.10, 0.40]]
 */
export function convertBoxes(
  boxes: Tensor,
  from: BoxFormat,
  to: BoxFormat,
  options: ConvertBoxesOptions = {},
): Tensor {
  checkFormat("from", from);
  checkFormat("to", to);
  const { imageSize, fromUnits = "pixels", toUnits = fromUnits } = options;
  return tidy(() => {
    const given = checkedBoxes("convertBoxes", "boxes", boxes);
    const converted = from === to ? given : fromCorners(toCorners(given, from), to);
    if (fromUnits === toUnits) return converted === boxes ? boxes.add(0) : converted;
    if (imageSize === undefined) {
      throw new ArgumentError(
        `convertBoxes: imageSize: expected [height, width] to turn ${fromUnits} boxes into ${toUnits}, got none`,
      );
    }
    const [height, width] = imageSize;
    const size = tensor([width, height, width, height], { dtype: converted.dtype });
    return toUnits === "normalized" ? converted.div(size) : converted.mul(size);
  });
}

function toCorners(boxes: Tensor, from: BoxFormat): Tensor {
  if (from === "xyxy") return boxes;
  const [x, y, width, height] = columnsOf(boxes);
  const left = from === "xywh" ? x : x.sub(width.div(2));
  const top = from === "xywh" ? y : y.sub(height.div(2));
  return stack([left, top, left.add(width), top.add(height)], -1);
}

function fromCorners(corners: Tensor, to: BoxFormat): Tensor {
  if (to === "xyxy") return corners;
  const [x1, y1, x2, y2] = columnsOf(corners);
  const first = to === "xywh" ? [x1, y1] : [x1.add(x2).div(2), y1.add(y2).div(2)];
  return stack([...first, x2.sub(x1), y2.sub(y1)], -1);
}

function checkFormat(name: string, format: BoxFormat): void {
  if (format === "xyxy" || format === "xywh" || format === "cxcywh") return;
  throw new ArgumentError(
    `convertBoxes: ${name}: expected "xyxy", "xywh" or "cxcywh", got ${JSON.stringify(format)}`,
  );
}
