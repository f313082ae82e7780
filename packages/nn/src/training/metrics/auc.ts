import { concat } from "@tensorloom/tensor";
import { classesOf } from "./classification.ts";
import type { EpochMetric } from "./metric.ts";

/**
 * Returns a metric: the area under the receiver operating characteristic, the probability that a sample of the positive class has a
 * larger output than one of the other. For more than two classes, the mean over classes of each against the rest, by probabilities.
 * NaN where a class has no sample. Exact: it keeps the epoch's outputs.
 *
 * Source: Hanley and McNeil 1982; scikit-learn's roc_auc_score, with multi_class="ovr".
 *
 * @example
 * const data = { x: tensor([3, 1, 2]), y: tensor([1, 0, 1], { dtype: "int32" }) };
 * await evaluate(new Activation((x) => x), data, { metrics: [auc()] }); // => {"auc":1}
 */
export function auc(): EpochMetric {
  return {
    name: "auc",
    start() {
      const rows: number[][] = [];
      let width = 0;
      return {
        measure(outputs, targets) {
          const { actual, classes } = classesOf(outputs, targets, 0);
          const flat = outputs.reshape([actual.size, -1]);
          // Of two classes' logits, the difference ranks as the probability does.
          const scores =
            flat.shape[1] === 2
              ? flat.slice([0, 1], [actual.size, 2]).sub(flat.slice([0, 0], [actual.size, 1]))
              : classes > 2
                ? flat.softmax(-1)
                : flat;
          const table = concat([scores, actual.astype(scores.dtype).expandDims(-1)], 1);
          width = table.shape[1]!;
          return table;
        },
        add(measured) {
          const values = Array.from(measured);
          for (let i = 0; i < values.length; i += width) rows.push(values.slice(i, i + width));
        },
        value() {
          const columns = width - 1;
          if (columns === 1) return areaOf(rows, 0, 1);
          const areas = Array.from({ length: columns }, (_, c) => areaOf(rows, c, c));
          return areas.reduce((sum, area) => sum + area, 0) / columns;
        },
      };
    },
  };
}

/** The area for one column of scores, of a class against the rest, from ranks; equal scores share their mean rank. */
function areaOf(rows: readonly number[][], column: number, positive: number): number {
  const sorted = rows.toSorted((a, b) => a[column]! - b[column]!);
  let [rankSum, positives] = [0, 0];
  for (let begin = 0; begin < sorted.length;) {
    let end = begin + 1;
    while (end < sorted.length && sorted[end]![column] === sorted[begin]![column]) end++;
    const rank = (begin + 1 + end) / 2;
    for (let i = begin; i < end; i++) {
      if (sorted[i]!.at(-1) !== positive) continue;
      rankSum += rank;
      positives++;
    }
    begin = end;
  }
  const negatives = sorted.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
