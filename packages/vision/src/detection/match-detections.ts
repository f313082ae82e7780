import { ArgumentError, ShapeError } from "@tensorloom/tensor";
import type { Detections, Truth } from "./detections.ts";

/** What is on one picture, with what an evaluation may leave out. */
export interface EvaluationTruth extends Truth {
  /**
   * One a box: whether it is left out, as VOC's difficult and COCO's crowd boxes are. Finding one is neither right nor
   * wrong; with COCO's style a crowd takes any number of detections, by the share of each that lies inside it.
   */
  readonly isIgnored?: readonly boolean[];
}

/** Boxes on the host. */
export interface HostBoxes {
  readonly count: number;
  readonly boxes: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** Detections and truths of one picture, on the host. */
export interface EvaluatedPicture {
  readonly found: HostBoxes & { readonly scores: ArrayLike<number> };
  readonly real: HostBoxes & { readonly isIgnored: readonly boolean[] };
}

/** Checks detections and truths, and resolves to them on the host. */
export async function readPictures(
  operation: string,
  detections: readonly Detections[],
  truths: readonly EvaluationTruth[],
): Promise<EvaluatedPicture[]> {
  if (detections.length !== truths.length) {
    throw new ArgumentError(
      `${operation}: expected as many detections as truths, one entry a picture, got ${detections.length} and ${truths.length}`,
    );
  }
  detections.forEach((one, i) => {
    checkBoxes(operation, `detections[${i}]`, one);
    checkBoxes(operation, `truths[${i}]`, truths[i]!);
    const count = one.boxes.shape[0];
    if (String(one.scores.shape) !== String([count])) {
      throw new ShapeError(
        `${operation}: detections[${i}]: expected scores [${count}], got [${one.scores.shape.join(", ")}]`,
      );
    }
    const { isIgnored, labels } = truths[i]!;
    if (isIgnored !== undefined && isIgnored.length !== labels.size) {
      throw new ShapeError(
        `${operation}: truths[${i}]: expected isIgnored of ${labels.size}, got ${isIgnored.length}`,
      );
    }
  });
  return Promise.all(
    detections.map(async (one, i) => {
      const truth = truths[i]!;
      const [boxes, labels, scores, realBoxes, realLabels] = await Promise.all([
        one.boxes.data(),
        one.labels.data(),
        one.scores.data(),
        truth.boxes.data(),
        truth.labels.data(),
      ]);
      const count = realLabels.length;
      const isIgnored = truth.isIgnored ?? Array.from({ length: count }, () => false);
      return {
        found: { count: labels.length, boxes, labels, scores },
        real: { count, boxes: realBoxes, labels: realLabels, isIgnored },
      };
    }),
  );
}

/** Returns the places of the boxes of a class, best score first, of equal ones the first. */
export function rankedOfClass(found: EvaluatedPicture["found"], label: number): number[] {
  return Array.from({ length: found.count }, (_, i) => i)
    .filter((i) => found.labels[i] === label)
    .sort((i, j) => found.scores[j]! - found.scores[i]! || i - j);
}

/** Returns the places of the truths of a class. */
export function placesOfClass(real: HostBoxes, label: number): number[] {
  return Array.from({ length: real.count }, (_, i) => i).filter((i) => real.labels[i] === label);
}

/** The IoU of box `i` of `a` with box `j` of `b`; with a crowd for `b`, the share of `a` that lies inside. */
export function overlapOf(
  a: HostBoxes,
  i: number,
  b: HostBoxes,
  j: number,
  isCrowd: boolean,
): number {
  const [x1, y1, x2, y2] = corners(a, i);
  const [u1, v1, u2, v2] = corners(b, j);
  const shared =
    Math.max(0, Math.min(x2, u2) - Math.max(x1, u1)) *
    Math.max(0, Math.min(y2, v2) - Math.max(y1, v1));
  if (shared === 0) return 0;
  const own = (x2 - x1) * (y2 - y1);
  return shared / (isCrowd ? own : own + (u2 - u1) * (v2 - v1) - shared);
}

/** The area of a box. */
export function areaOf(boxes: HostBoxes, i: number): number {
  const [x1, y1, x2, y2] = corners(boxes, i);
  return (x2 - x1) * (y2 - y1);
}

function corners({ boxes }: HostBoxes, i: number): [number, number, number, number] {
  return [boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!];
}

function checkBoxes(operation: string, name: string, { boxes, labels }: Truth): void {
  const count = boxes.shape[0];
  if (boxes.rank === 2 && boxes.shape[1] === 4 && String(labels.shape) === String([count])) return;
  throw new ShapeError(
    `${operation}: ${name}: expected boxes [n, 4] and labels [n], ` +
      `got [${boxes.shape.join(", ")}] and [${labels.shape.join(", ")}]`,
  );
}
