import { ShapeError } from "@tensorloom/tensor";
import type { Targets } from "../inputs.ts";
import { formatTable } from "../format-table.ts";
import { classCounts } from "./class-counts.ts";
import type { WeightedMetricOptions } from "./pairs.ts";
import { averageOf, classScores } from "./precision-recall.ts";
import { accuracy } from "./classification.ts";

/** One line of a {@link ClassificationReport}. */
export interface ReportLine {
  /** The class's name, or the average's. */
  readonly name: string;
  /** Which share of the samples predicted so are. */
  readonly precision: number;
  /** Which share of the class's samples are predicted so. */
  readonly recall: number;
  /** The harmonic mean of both. */
  readonly f1: number;
  /** How many samples. */
  readonly support: number;
}

/** What {@link classificationReport} gives; prints as a table. */
export interface ClassificationReport {
  /** A line a class. */
  readonly classes: readonly ReportLine[];
  /** The share predicted rightly. */
  readonly accuracy: number;
  /** The mean over classes. */
  readonly macro: ReportLine;
  /** The mean weighted by how frequent each class is. */
  readonly weighted: ReportLine;
  /** Returns the report as a table. */
  toString(): string;
}

/**
 * Resolves to precision, recall and F1 of every class and on average; prints as a table.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `names`: of the classes, ascending; `sampleWeight`
 * @throws `ShapeError` if there are not as many, or not as many names as classes
 *
 * @example
 * const report = await metrics.classificationReport([0, 1, 1, 1], [0, 1, 1, 0]);
 * report.classes[1].f1; // => 0.8
 */
export async function classificationReport(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions & { readonly names?: readonly string[] } = {},
): Promise<ClassificationReport> {
  const scores = await classScores(truth, predicted, options);
  const names = options.names ?? scores.labels.map(String);
  if (names.length !== scores.labels.length) {
    throw new ShapeError(
      `classificationReport: names: expected ${scores.labels.length}, one a class, got ${names.length}`,
    );
  }
  const counts = await classCounts("classificationReport", truth, predicted, options);
  const support = scores.support.reduce((sum, count) => sum + count, 0);
  const line = (name: string, average: string): ReportLine => {
    const of = (score: "precision" | "recall" | "fScore"): number =>
      averageOf("classificationReport", score, counts, { average, zeroDivision: 0 });
    const [precision, recall, f1] = [of("precision"), of("recall"), of("fScore")];
    return { name, precision, recall, f1, support };
  };
  const classes = names.map((name, i) => ({
    name,
    precision: scores.precision[i]!,
    recall: scores.recall[i]!,
    f1: scores.fScore[i]!,
    support: scores.support[i]!,
  }));
  const share = await accuracy(truth, predicted, options);
  const [macro, weighted] = [line("macro", "macro"), line("weighted", "weighted")];
  return {
    classes,
    accuracy: share,
    macro,
    weighted,
    toString: () => {
      const cells = (row: ReportLine): string[] => [
        row.name,
        ...[row.precision, row.recall, row.f1].map((score) => score.toFixed(3)),
        String(row.support),
      ];
      return formatTable([
        ["", "precision", "recall", "f1", "support"],
        ...classes.map(cells),
        ["accuracy", "", "", share.toFixed(3), String(support)],
        cells(macro),
        cells(weighted),
      ]);
    },
  };
}
