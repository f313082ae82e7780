import type { ShapeImages } from "@tensorloom/data";
import type { History } from "@tensorloom/nn";
import { htmlPage, imageChart, lineChart, matrixChart } from "@tensorloom/plot";
import {
  detectionConfusion,
  precisionRecallCurve,
  type CocoResult,
  type Detections,
  type MeanAveragePrecision,
  type Truth,
} from "@tensorloom/vision";
import { detect, disposeAll, type Detector } from "./detector.ts";

/** What the page shows. */
export interface Findings {
  readonly detector: Detector;
  readonly held: ShapeImages;
  readonly truths: readonly Truth[];
  readonly history: History;
  readonly voc: MeanAveragePrecision;
  readonly coco: CocoResult;
  readonly seconds: number;
  readonly samples: number;
}

const shownPictures = 12;
const classColors = ["#d1495b", "#2a9d8f", "#7b5ea7"];

/** Resolves to a page with the course of the training, boxes on pictures, curves and a confusion matrix. */
export async function renderPage(findings: Findings): Promise<string> {
  const { detector, held, truths, history, voc, coco, seconds, samples } = findings;
  const { classNames, grid } = detector;
  const found = await detect(detector, held.images, { scoreThreshold: 0.4 });
  const loss = history.values("loss");
  const table = [
    ["class", "average precision"],
    ...[...voc.perClass].map(([label, value]) => [classNames[label]!, value.toFixed(3)]),
    ["mean, mAP@0.5", voc.map.toFixed(3)],
    ["mAP@0.5:0.95", coco.map.toFixed(3)],
  ];
  const lossChart = await lineChart({
    title: "Loss in training",
    xTitle: "epoch",
    yTitle: "loss a picture",
    series: [{ name: "loss", x: loss.map((_, i) => i + 1), y: loss }],
  });
  const confusion = await detectionConfusion(found, truths, { C: grid.C });
  const names = [...classNames, "nothing"];
  const confusionChart = await matrixChart({
    values: (await confusion.array()) as number[][],
    rows: names,
    columns: names,
    xTitle: "found",
    yTitle: "there",
  });
  const boxPictures = await pictures(held, found, classNames);
  disposeAll(found);
  confusion.dispose();
  return htmlPage({
    title: "Shapes, found by a small YOLO",
    intro:
      `Trained from scratch on ${samples} made-up pictures in ${seconds.toFixed(0)} s. ` +
      `What follows are pictures that it never saw.`,
    sections: [
      { heading: "How well", table },
      {
        heading: "Boxes",
        text: "What the detector finds with a score of 0.4 or more.",
        figures: boxPictures,
      },
      { heading: "How it learnt", figures: [{ svg: lossChart }] },
      {
        heading: "Precision and recall",
        text: "As the score that counts falls, more truths are found, and at last more wrong boxes come with them.",
        figures: [{ svg: await curves(findings) }],
      },
      {
        heading: "What is taken for what",
        text: "Beside the diagonal: shapes taken for others, shapes not found, and boxes where there is nothing.",
        figures: [{ svg: confusionChart }],
      },
    ],
  });
}

async function pictures(
  { images }: ShapeImages,
  found: readonly Detections[],
  classNames: readonly string[],
): Promise<{ svg: string }[]> {
  const [, height, width] = images.shape as readonly [number, number, number, number];
  const pixels = await images.data();
  return Promise.all(
    found.slice(0, shownPictures).map(async ({ boxes, scores, labels }, i) => {
      const [box, score, label] = await Promise.all([boxes.data(), scores.data(), labels.data()]);
      return {
        svg: await imageChart({
          pixels: pixels.subarray(i * height * width * 3, (i + 1) * height * width * 3),
          ...{ width, height, channels: 3, scale: 4 },
          boxes: Array.from(score, (value, k) => ({
            ...{ x1: box[4 * k]!, y1: box[4 * k + 1]!, x2: box[4 * k + 2]!, y2: box[4 * k + 3]! },
            color: classColors[label[k]! % classColors.length]!,
            label: `${classNames[label[k]!]} ${value.toFixed(2)}`,
          })),
        }),
      };
    }),
  );
}

async function curves({ detector, held, truths }: Findings): Promise<string> {
  const all = await detect(detector, held.images, { scoreThreshold: 0.01 });
  const series = await Promise.all(
    detector.classNames.map(async (name, label) => {
      const { precision, recall } = await precisionRecallCurve(all, truths, { label });
      return { name, x: [...recall], y: [...precision] };
    }),
  );
  disposeAll(all);
  return lineChart({
    title: "Precision and recall at IoU 0.5",
    xTitle: "recall",
    yTitle: "precision",
    series,
  });
}
