import type {
  NonMaxSuppressionV3Attrs,
  NonMaxSuppressionV4Attrs,
  NonMaxSuppressionV5Attrs,
} from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorloom/tensor";
import { fromTypedArray, type Backend, type TypedArray } from "@tensorloom/tensor/backend";
import { kernel, type Kernel, type KernelTable } from "./kernel.ts";

/** Attributes of all three kernels; some have not all of them. */
type Attributes = NonMaxSuppressionV3Attrs &
  Partial<NonMaxSuppressionV4Attrs> &
  Partial<NonMaxSuppressionV5Attrs>;

/** The boxes that stay, from the best score down, and their scores. */
interface Kept {
  readonly boxes: number[];
  readonly scores: number[];
}

/**
 * Non-maximum suppression of boxes `[n, 4]`, two opposite corners each: loops over the elements on the host, since how many
 * stay depends on them.
 */
export const suppression: KernelTable = {
  NonMaxSuppressionV3: suppressing(({ boxes }, _, device) => integers(boxes, device)),
  NonMaxSuppressionV4: suppressing(({ boxes }, attributes, device) => {
    const { padToMaxOutputSize, maxOutputSize } = attributes;
    const missing = padToMaxOutputSize === true ? maxOutputSize - boxes.length : 0;
    return [
      integers([...boxes, ...Array.from({ length: missing }, () => 0)], device),
      fromTypedArray(Int32Array.of(boxes.length), "int32", [], device),
    ];
  }),
  NonMaxSuppressionV5: suppressing(({ boxes, scores }, _, device) => [
    integers(boxes, device),
    fromTypedArray(Float32Array.from(scores), "float32", [scores.length], device),
  ]),
};

function suppressing(
  results: (kept: Kept, attributes: Attributes, device: Backend) => Tensor | readonly Tensor[],
): Kernel {
  return kernel<"boxes" | "scores", Attributes>(({ boxes, scores }, attributes, { device }) => {
    if (device.readSync === undefined) return undefined;
    return results(suppress(boxes.dataSync(), scores.dataSync(), attributes), attributes, device);
  });
}

function integers(values: readonly number[], device: Backend): Tensor {
  return fromTypedArray(Int32Array.from(values), "int32", [values.length], device);
}

/**
 * Of the boxes by falling score, the first one first among equals, each is dropped that overlaps a kept one by the
 * threshold or more. With a sigma, those that overlap one by less lose score by it, and wait for their turn again
 * (Bodla et al. 2017, arXiv:1704.04503).
 */
function suppress(corners: TypedArray, given: TypedArray, attributes: Attributes): Kept {
  const { maxOutputSize, iouThreshold, scoreThreshold, softNmsSigma = 0 } = attributes;
  const score = Float64Array.from(given);
  const queue = new Queue(score, scoreThreshold);
  const boxes = boxesOf(corners);
  const bands = new Bands(boxes);
  /** How many of those kept each box has been compared with. */
  const met = new Int32Array(score.length);
  const kept: Kept = { boxes: [], scores: [] };
  while (queue.count > 0 && kept.boxes.length < maxOutputSize) {
    const i = queue.first;
    const before = score[i]!;
    // Boxes that lose no score need not meet those that they do not touch.
    const isHard = softNmsSigma === 0 && iouThreshold > 0;
    let isDropped = isHard && bands.hasOverlap(i, iouThreshold);
    const first = isHard ? kept.boxes.length : met[i]!;
    for (let k = kept.boxes.length - 1; k >= first && !isDropped; k--) {
      const iou = overlap(boxes, i, kept.boxes[k]!);
      isDropped = iou >= iouThreshold;
      if (softNmsSigma === 0 || isDropped) continue;
      score[i]! *= Math.exp((-0.5 / softNmsSigma) * iou * iou);
      isDropped = score[i]! <= scoreThreshold;
    }
    met[i] = kept.boxes.length;
    // One that has lost score waits again.
    if (isDropped || score[i] === before) queue.removeFirst();
    else queue.sink(0);
    if (isDropped || score[i] !== before) continue;
    bands.add(i);
    kept.boxes.push(i);
    kept.scores.push(before);
  }
  return kept;
}

/** Boxes column by column. */
interface Boxes {
  readonly top: Float64Array;
  readonly left: Float64Array;
  readonly bottom: Float64Array;
  readonly right: Float64Array;
  readonly area: Float64Array;
}

function boxesOf(corners: TypedArray): Boxes {
  const count = corners.length / 4;
  const [top, left, bottom, right, area] = Array.from(
    { length: 5 },
    () => new Float64Array(count),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < count; i++) {
    top[i] = Math.min(corners[4 * i]!, corners[4 * i + 2]!);
    left[i] = Math.min(corners[4 * i + 1]!, corners[4 * i + 3]!);
    bottom[i] = Math.max(corners[4 * i]!, corners[4 * i + 2]!);
    right[i] = Math.max(corners[4 * i + 1]!, corners[4 * i + 3]!);
    area[i] = (bottom[i]! - top[i]!) * (right[i]! - left[i]!);
  }
  return { top, left, bottom, right, area };
}

/** The intersection over the union; 0 where they do not meet. */
function overlap({ top, left, bottom, right, area }: Boxes, i: number, j: number): number {
  const height = Math.min(bottom[i]!, bottom[j]!) - Math.max(top[i]!, top[j]!);
  if (!(height > 0)) return 0;
  const width = Math.min(right[i]!, right[j]!) - Math.max(left[i]!, left[j]!);
  if (!(width > 0)) return 0;
  const shared = height * width;
  return shared / (area[i]! + area[j]! - shared);
}

const mostBands = 256;

/** The boxes kept, by the bands of the picture that they reach into; a band is about as high as a box. */
class Bands {
  readonly #boxes: Boxes;
  readonly #kept: readonly number[][];
  #start = Infinity;
  readonly #perBand: number;

  constructor(boxes: Boxes) {
    this.#boxes = boxes;
    const { top, bottom } = boxes;
    let [end, total] = [-Infinity, 0];
    for (let i = 0; i < top.length; i++) {
      this.#start = Math.min(this.#start, top[i]!);
      end = Math.max(end, bottom[i]!);
      total += bottom[i]! - top[i]!;
    }
    const count = Math.floor(((end - this.#start) * top.length) / total);
    // NaN and infinity too are one band.
    const bands = count >= 1 && count < Infinity ? Math.min(count, mostBands) : 1;
    this.#kept = Array.from({ length: bands }, () => []);
    this.#perBand = bands / (end - this.#start);
  }

  #bandOf(place: number): number {
    const band = Math.floor((place - this.#start) * this.#perBand);
    return band > 0 ? Math.min(band, this.#kept.length - 1) : 0;
  }

  add(i: number): void {
    const last = this.#bandOf(this.#boxes.bottom[i]!);
    for (let band = this.#bandOf(this.#boxes.top[i]!); band <= last; band++) {
      this.#kept[band]!.push(i);
    }
  }

  /** Whether a box overlaps one that is kept by a threshold or more. */
  hasOverlap(i: number, threshold: number): boolean {
    const boxes = this.#boxes;
    const last = this.#bandOf(boxes.bottom[i]!);
    for (let band = this.#bandOf(boxes.top[i]!); band <= last; band++) {
      const kept = this.#kept[band]!;
      for (let k = kept.length - 1; k >= 0; k--) {
        if (overlap(boxes, i, kept[k]!) >= threshold) return true;
      }
    }
    return false;
  }
}

/** Boxes by falling score, the first one first among equals: a binary heap. */
class Queue {
  readonly #score: Float64Array;
  readonly #heap: Int32Array;
  count = 0;

  /** Takes in the boxes whose score is above a threshold. */
  constructor(score: Float64Array, threshold: number) {
    this.#score = score;
    this.#heap = new Int32Array(score.length);
    for (let i = 0; i < score.length; i++) {
      if (score[i]! > threshold) this.#heap[this.count++] = i;
    }
    for (let place = (this.count >> 1) - 1; place >= 0; place--) this.sink(place);
  }

  /** The box with the highest score. */
  get first(): number {
    return this.#heap[0]!;
  }

  removeFirst(): void {
    this.#heap[0] = this.#heap[--this.count]!;
    this.sink(0);
  }

  /** Puts a box whose score has fallen where it belongs, from its place down. */
  sink(from: number): void {
    const heap = this.#heap;
    const score = this.#score;
    const box = heap[from]!;
    const own = score[box]!;
    let place = from;
    for (let child = 2 * place + 1; child < this.count; child = 2 * place + 1) {
      if (child + 1 < this.count && isAhead(score, heap[child + 1]!, heap[child]!)) child++;
      const other = heap[child]!;
      if (own > score[other]! || (own === score[other]! && box < other)) break;
      heap[place] = other;
      place = child;
    }
    heap[place] = box;
  }
}

function isAhead(score: Float64Array, i: number, j: number): boolean {
  return score[i]! > score[j]! || (score[i] === score[j] && i < j);
}
