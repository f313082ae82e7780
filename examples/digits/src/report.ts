import { htmlPage, imageChart, lineChart, matrixChart } from "@tensorloom/plot";
import type { Findings } from "./workflow.ts";

/** What the report says of the run beside its findings. */
export interface RunFacts {
  readonly backend: string;
  readonly threads: number;
  readonly features: readonly string[];
  readonly seed: number;
  readonly seconds: number;
}

const maxMisread = 12;

/** Resolves to the findings as one HTML page that needs nothing else. */
export async function renderReport(findings: Findings, facts: RunFacts): Promise<string> {
  const misread = findings.misread.slice(0, maxMisread);
  const best = findings.scores.at(-1)!;
  return htmlPage({
    title: `Handwritten digits: ${(100 * best.accuracy).toFixed(2)} % read rightly`,
    intro:
      `Backend ${facts.backend} (${facts.features.join(", ")}), ${facts.threads} thread${facts.threads === 1 ? "" : "s"}, ` +
      `seed ${facts.seed}, ${facts.seconds.toFixed(1)} s in all. 1,797 images of 8x8 pixels: E. Alpaydin, C. Kaynak, ` +
      "UCI Machine Learning Repository, CC BY 4.0.",
    sections: [
      {
        heading: `Comparison on ${findings.testCount} test images`,
        table: [
          ["model", "test accuracy", "seconds"],
          ...findings.scores.map(({ name, accuracy, seconds }) => [
            name,
            `${(100 * accuracy).toFixed(2)} %`,
            seconds.toFixed(2),
          ]),
        ],
      },
      {
        heading: "Learning curves of the network",
        figures: [
          { svg: await learningCurve(findings, "loss", "loss (cross-entropy)") },
          { svg: await learningCurve(findings, "accuracy", "accuracy") },
        ],
      },
      {
        heading: "Confusion matrix of the network",
        figures: [
          {
            svg: await matrixChart({
              values: findings.confusion,
              xTitle: "the network's answer",
              yTitle: "the true digit",
            }),
          },
        ],
      },
      {
        heading: misreadTitle(findings.misread.length, misread.length),
        figures: await Promise.all(
          misread.map(async ({ pixels, truth, predicted }) => ({
            svg: await imageChart({
              pixels: pixels.map((value) => 1 - value),
              width: 8,
              height: 8,
              scale: 12,
            }),
            caption: `a ${truth}, read as ${predicted}`,
          })),
        ),
      },
    ],
  });
}

function misreadTitle(all: number, shown: number): string {
  if (all === 0) return "No digit was misread";
  return shown < all ? `${shown} of the ${all} misread digits` : `The ${all} misread digits`;
}

function learningCurve({ history }: Findings, name: string, yTitle: string): Promise<string> {
  const validation = `val${name[0]!.toUpperCase()}${name.slice(1)}`;
  return lineChart({
    xTitle: "epoch",
    yTitle,
    yFromZero: name === "loss",
    series: [
      { name: "training", y: history.values(name) },
      { name: "validation", y: history.values(validation) },
    ],
  });
}
