import { ArgumentError, ShapeError, Tensor } from "@tensorloom/tensor";

/** What is on one picture, as tensors or plain arrays, with what an evaluation may leave out. */
export interface EvaluationTruth {
  /** `[n, 4]`, as [x1, y1, x2, y2]. */
  readonly boxes: Tensor | readonly (readonly number[])[];
  /** `[n]`, the class of each, whole numbers from 0. */
  readonly labels: Tensor | ArrayLike<number>;
  /**
   * One a box: whether it is left out, as VOC's difficult and COCO's crowd boxes are. Finding one is neither right nor
   * wrong; with COCO's style a crowd takes any number of detections, by the share of each that lies inside it.
   */
  readonly isIgnored?: readonly boolean[];
}

/** What a detector found on one picture, as tensors ({@link Detections}) or plain arrays. */
export interface EvaluationDetections extends Omit<EvaluationTruth, "isIgnored"> {
  /** `[n]`. */
  readonly scores: Tensor | ArrayLike<number>;
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
  detections: readonly EvaluationDetections[],
  truths: readonly EvaluationTruth[],
): Promise<EvaluatedPicture[]> {
  if (detections.length !== truths.length) {
    throw new ArgumentError(
      `${operation}: expected as many detections as truths, one entry a picture, got ${detections.length} and ${truths.length}`,
    );
  }
  return Promise.all(
    detections.map(async (one, i) => {
      const truth = truths[i]!;
      const [found, real] = await Promise.all([
        readBoxes(`${operation}: detections[${i}]`, one),
        readBoxes(`${operation}: truths[${i}]`, truth),
      ]);
      const scores = await readNumbers(`${operation}: detections[${i}]`, "scores", one.scores, found.count); // prettier-ignore
      const isIgnored = truth.isIgnored ?? Array.from({ length: real.count }, () => false);
      if (isIgnored.length !== real.count) {
        throw new ShapeError(
          `${operation}: truths[${i}]: expected isIgnored of ${real.count}, got ${isIgnored.length}`,
        );
      }
      return { found: { ...found, scores }, real: { ...real, isIgnored } };
    }),
  );
}

async function readBoxes(where: string, { boxes, labels }: EvaluationTruth): Promise<HostBoxes> {
  const isTensor = boxes instanceof Tensor;
  const isFit = isTensor
    ? boxes.rank === 2 && boxes.shape[1] === 4
    : boxes.every((box) => box.length === 4);
  if (!isFit) {
    const given = isTensor ? `[${boxes.shape.join(", ")}]` : "rows of other lengths";
    throw new ShapeError(`${where}: expected boxes [n, 4], got ${given}`);
  }
  const count = isTensor ? boxes.shape[0]! : boxes.length;
  return {
    count,
    boxes: isTensor ? await boxes.data() : boxes.flat(),
    labels: await readNumbers(where, "labels", labels, count),
  };
}

async function readNumbers(
  where: string,
  name: string,
  values: Tensor | ArrayLike<number>,
  count: number,
): Promise<ArrayLike<number>> {
  const shape = values instanceof Tensor ? values.shape : [values.length];
  if (String(shape) !== String([count])) {
    throw new ShapeError(`${where}: expected ${name} [${count}], got [${shape.join(", ")}]`);
  }
  return values instanceof Tensor ? values.data() : values;
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
