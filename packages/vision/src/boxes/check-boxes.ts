import { ShapeError, type Tensor } from "@tensorloom/tensor";

/** Returns boxes as floats; throws unless their last axis is 4. */
export function checkedBoxes(operation: string, name: string, boxes: Tensor): Tensor {
  if (boxes.rank === 0 || boxes.shape.at(-1) !== 4) {
    throw new ShapeError(
      `${operation}: ${name}: expected boxes [..., 4], got [${boxes.shape.join(", ")}]`,
    );
  }
  return boxes.dtype === "float64" ? boxes : boxes.astype("float32");
}

/** Returns the four columns of boxes `[..., 4]`, each `[...]`. */
export function columnsOf(boxes: Tensor): [Tensor, Tensor, Tensor, Tensor] {
  return boxes.split(4, -1).map((column) => column.squeeze(-1)) as [Tensor, Tensor, Tensor, Tensor];
}
