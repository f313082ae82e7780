import { maximum, minimum, noGrad, stack, tensor, tidy, type Tensor } from "@tensorloom/tensor";
import type { YoloScale } from "./yolo-grid.ts";
import { checkTruths, lastOfEachPlace, truthColumns } from "./truths.ts";

/** Which place is to predict each box. */
export interface YoloAssignment {
  /** `[pictures, m]`, int32: the place of each box, counted by scale, row, column, anchor. */
  readonly places: Tensor;
  /** `[pictures, m]`, bool: whether the box counts; false for filling, and for a box whose place a later one took. */
  readonly isAssigned: Tensor;
  /** `[pictures, m, 4]`: centre as shares of the cell, sizes as logarithms of their ratios to the anchor's. */
  readonly offsets: Tensor;
}

/** How the scales lie. */
export interface YoloAssignOptions {
  /** Rows, columns and anchors of each scale, in the order of the predictions. */
  readonly scales: readonly Pick<YoloScale, "rows" | "columns" | "anchors">[];
  /** The picture's [height, width]. */
  readonly imageSize: readonly [height: number, width: number];
}

/**
 * Returns which place of YOLO's third version is to predict each box: of all scales' anchors the one whose shape has the
 * highest IoU with the box, in the cell in which the box's centre lies.
 *
 * @param truths - `[pictures, m, 5]`, as {@link packTruths} gives them, in pixels
 * @param options - the scales' grids and anchors, the picture's size
 * @returns places, whether each box counts, and what is to be predicted there
 * @throws `ShapeError` if shapes do not fit
 *
 * Source: Redmon and Farhadi 2018, arXiv:1804.02767, section 2.1.
 *
 * @example
 * const truths = tensor([[[60, 10, 90, 50, 0]]]);
 * const { places } = yoloAssign(truths, {
 *   scales: [{ rows: 2, columns: 2, anchors: [[10, 10], [40, 40]] }],
 *   imageSize: [100, 100],
 * });
 * places.toString(); // => [[3]]
 */
export function yoloAssign(truths: Tensor, options: YoloAssignOptions): YoloAssignment {
  const { scales, imageSize } = options;
  const [height, width] = imageSize;
  checkTruths("yoloAssign", truths, truths.shape[0] ?? 0);
  return tidy(() =>
    noGrad(() => {
      const { w, h, label, ...centre } = truthColumns(truths);
      let first = 0;
      const table = scales.flatMap(({ rows, columns, anchors }) => {
        const begin = first;
        first += rows * columns * anchors.length;
        return anchors.map(([aw, ah], i) => [aw, ah, rows, columns, begin + i, anchors.length]);
      });
      const anchors = tensor(table, { dtype: "float32" });
      const [anchorWidth, anchorHeight] = [0, 1].map((i) => columnAt(anchors, i)) as [
        Tensor,
        Tensor,
      ];
      const shared = minimum(w.expandDims(-1), anchorWidth).mul(
        minimum(h.expandDims(-1), anchorHeight),
      );
      const areas = w.mul(h).expandDims(-1).add(anchorWidth.mul(anchorHeight));
      const best = shared.div(areas.sub(shared)).argmax(-1);
      const chosen = anchors.gather(best);
      const [aw, ah, rows, columns, begin, perCell] = [0, 1, 2, 3, 4, 5].map((i) =>
        columnAt(chosen, i),
      ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
      const x = centre.x.div(width).mul(columns);
      const y = centre.y.div(height).mul(rows);
      const column = minimum(maximum(x.floor(), 0), columns.sub(1));
      const row = minimum(maximum(y.floor(), 0), rows.sub(1));
      const places = row.mul(columns).add(column).mul(perCell).add(begin).astype("int32");
      const isAssigned = lastOfEachPlace(places, label.greaterEqual(0));
      // Filling has no size: its logarithms would not be finite, and 0 times them no number.
      const ratio = (side: Tensor, anchor: Tensor): Tensor => maximum(side, 1e-3).div(anchor).log();
      const parts = [x.sub(column), y.sub(row), ratio(w, aw), ratio(h, ah)];
      return { places, isAssigned, offsets: stack(parts, -1) };
    }),
  );
}

/** Column `i` of the last axis. */
function columnAt(rows: Tensor, i: number): Tensor {
  const begin = [...rows.shape.slice(0, -1).fill(0), i];
  return rows.slice(begin, [...rows.shape.slice(0, -1), i + 1]).squeeze(-1);
}
