import { ArgumentError, concat, ShapeError, stack, tidy, type Tensor } from "@tensorloom/tensor";
import { columnsOf } from "../boxes/check-boxes.ts";
import type { Truth } from "../detection/detections.ts";

/**
 * Returns what is on several pictures as one tensor, which training can cut into batches: pictures with fewer boxes than the
 * fullest are filled up with rows of -1.
 *
 * @param truths - boxes and labels, one entry a picture
 * @returns `[pictures, most boxes (at least 1), 5]`, as [x1, y1, x2, y2, label]; float32
 * @throws `ShapeError` if boxes and labels do not fit; `ArgumentError` for no pictures
 *
 * @example
 * const labels = tensor([2], { dtype: "int32" });
 * packTruths([{ boxes: tensor([[0, 0, 8, 8]]), labels }]).toString(); // => [[[0, 0, 8, 8, 2]]]
 */
export function packTruths(truths: readonly Truth[]): Tensor<"float32"> {
  if (truths.length === 0) {
    throw new ArgumentError("packTruths: truths: expected one entry a picture, got none");
  }
  return tidy(() => {
    const most = Math.max(1, ...truths.map(({ boxes }) => boxes.shape[0] ?? 0));
    const rows = truths.map(({ boxes, labels }, i) => {
      const count = boxes.shape[0] ?? 0;
      if (boxes.rank !== 2 || boxes.shape[1] !== 4 || labels.rank !== 1 || labels.size !== count) {
        throw new ShapeError(
          `packTruths: truths[${i}]: expected boxes [n, 4] and labels [n], ` +
            `got [${boxes.shape.join(", ")}] and [${labels.shape.join(", ")}]`,
        );
      }
      const columns = [boxes.astype("float32"), labels.astype("float32").expandDims(-1)];
      const filling = most - count;
      return concat(columns, 1).pad(
        [
          [0, filling],
          [0, 0],
        ],
        -1,
      );
    });
    return stack(rows) as Tensor<"float32">;
  });
}

/** Throws unless truths are as {@link packTruths} makes them, for as many pictures as there are predictions. */
export function checkTruths(operation: string, truths: Tensor, pictures: number): void {
  if (truths.rank === 3 && truths.shape[0] === pictures && truths.shape[2] === 5) return;
  throw new ShapeError(
    `${operation}: truths: expected [${pictures}, m, 5], as packTruths gives them, got [${truths.shape.join(", ")}]`,
  );
}

/** Truths column by column, each `[pictures, m]`: centres and sizes in pixels, and the label. */
export function truthColumns(truths: Tensor): Record<"x" | "y" | "w" | "h" | "label", Tensor> {
  const [pictures, most] = truths.shape as readonly [number, number, number];
  const [x1, y1, x2, y2] = columnsOf(truths.slice([0, 0, 0], [pictures, most, 4]));
  return {
    x: x1.add(x2).div(2),
    y: y1.add(y2).div(2),
    w: x2.sub(x1),
    h: y2.sub(y1),
    label: truths.slice([0, 0, 4], [pictures, most, 5]).squeeze(2),
  };
}

/** Of truths that fall to one place, `[pictures, m]`, only the last stays: a place predicts one object. */
export function lastOfEachPlace(places: Tensor, isReal: Tensor): Tensor {
  const count = places.shape[1]!;
  const isSame = places.expandDims(2).equal(places.expandDims(1));
  const later = isSame.logicalAnd(isReal.expandDims(1)).astype("float32").triu(1);
  return isReal.logicalAnd(later.sum(2).equal(0)).reshape([-1, count]);
}
