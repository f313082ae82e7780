import { tensor, type Tensor } from "@tensorloom/tensor";
import { randomNumbers, type RandomNumbers } from "./random-numbers.ts";
import { checkWhole, type GeneratorOptions } from "./samples.ts";
import { shapeNames, shapes, type ShapeName } from "./shape-outlines.ts";

/** What {@link makeShapes} takes. */
export interface ShapesOptions extends GeneratorOptions {
  /** Height and width of the images, one number or two; 64 by default. */
  readonly size?: number | readonly [height: number, width: number];
  /** Which shapes there are, in the order of their class numbers; circle, rectangle and triangle by default. */
  readonly shapes?: readonly ShapeName[];
  /** The fewest shapes an image; 1 by default. */
  readonly minShapes?: number;
  /** The most shapes an image; 3 by default. Fewer are drawn where no room is left. */
  readonly maxShapes?: number;
  /** Sides of boxes, as shares of the image's smaller side; [0.2, 0.5] by default. */
  readonly shapeSize?: readonly [smallest: number, largest: number];
  /** The standard deviation of what is added to each pixel; 0.02 by default. */
  readonly noise?: number;
}

/** Images with what is on them, for detectors to learn from. */
export interface ShapeImages {
  /** `[samples, height, width, 3]`, float32 in [0, 1]. */
  readonly images: Tensor;
  /** For each image, `[shapes, 4]` float32: x1, y1, x2, y2 in pixels. */
  readonly boxes: readonly Tensor[];
  /** For each image, `[shapes]` int32: the class of each box. */
  readonly classes: readonly Tensor[];
  /** The names of the classes, by number. */
  readonly classNames: readonly ShapeName[];
}

const attemptsPerShape = 12;
const drawsPerAttempt = 4;
// Boxes may touch and overlap a little, never hide each other.
const largestOverlap = 0.15;

/**
 * Resolves to images of coloured shapes on a darker ground, with their boxes and classes: made-up data for detection.
 *
 * @param options - samples, size, shapes and how many, noise, seed
 * @throws `ArgumentError` for sizes that are no whole numbers
 *
 * @example
 * const { images, boxes, classes, classNames } = await makeShapes({ samples: 4, size: 32, seed: 1 });
 * images.shape; // => [4,32,32,3]
 * boxes[0].shape[1]; // => 4
 * classNames[classes[0].slice([0], [1]).item()]; // => triangle
 */
export async function makeShapes(options: ShapesOptions = {}): Promise<ShapeImages> {
  const { samples = 100, size = 64, minShapes = 1, maxShapes = Math.max(3, minShapes) } = options;
  const { shapeSize = [0.2, 0.5], noise = 0.02, shapes: classNames = shapeNames } = options;
  const [height, width] = typeof size === "number" ? [size, size] : size;
  checkWhole("makeShapes", "samples", samples, 1);
  checkWhole("makeShapes", "size", Math.min(height, width), 8);
  checkWhole("makeShapes", "minShapes", minShapes, 0);
  checkWhole("makeShapes", "maxShapes", maxShapes, minShapes);
  checkWhole("makeShapes", "shapes", classNames.length, 1);
  const perImage = 4 + maxShapes * (4 + attemptsPerShape * drawsPerAttempt);
  const pixels = height * width * 3;
  const draws = await randomNumbers(samples * perImage, options.seed);
  const images = new Float32Array(samples * pixels);
  const boxes: Tensor[] = [];
  const classes: Tensor[] = [];
  for (let i = 0; i < samples; i++) {
    const image = images.subarray(i * pixels, (i + 1) * pixels);
    const ground = [0, 1, 2].map(() => draws.uniform(0, 0.35));
    for (let p = 0; p < pixels; p++) image[p] = ground[p % 3]!;
    const count = minShapes + draws.below(maxShapes - minShapes + 1);
    const placed: Box[] = [];
    const kinds: number[] = [];
    for (let k = 0; k < count; k++) {
      const kind = draws.below(classNames.length);
      const color = brightColor(draws);
      const box = freePlace(draws, placed, height, width, shapeSize);
      if (box === undefined) continue;
      fill(image, width, box, color, shapes[classNames[kind]!]);
      placed.push(box);
      kinds.push(kind);
    }
    boxes.push(tensor(Float32Array.from(placed.flat()), { shape: [placed.length, 4] }));
    classes.push(tensor(Int32Array.from(kinds)));
  }
  const exact = tensor(images, { shape: [samples, height, width, 3] });
  return {
    images: noise > 0 ? await withNoise(exact, noise, options.seed) : exact,
    boxes,
    classes,
    classNames,
  };
}

type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** A box of whole pixels that no other covers by much; undefined where none was found. */
function freePlace(
  draws: RandomNumbers,
  others: readonly Box[],
  height: number,
  width: number,
  [smallest, largest]: readonly [number, number],
): Box | undefined {
  const unit = Math.min(height, width);
  for (let attempt = 0; attempt < attemptsPerShape; attempt++) {
    const side = (): number =>
      Math.min(unit, Math.max(4, Math.round(unit * draws.uniform(smallest, largest))));
    const [w, h] = [side(), side()];
    const x = draws.below(width - w + 1);
    const y = draws.below(height - h + 1);
    const box: Box = [x, y, x + w, y + h];
    if (others.every((other) => overlap(box, other) <= largestOverlap)) return box;
  }
  return undefined;
}

/** The share of the smaller box that lies in the other. */
function overlap(a: Box, b: Box): number {
  const w = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const h = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1]);
  return (Math.max(0, w) * Math.max(0, h)) / Math.min(area(a), area(b));
}

/** A colour whose strongest channel is at least 0.7, so that it stands out from the ground. */
function brightColor(draws: RandomNumbers): number[] {
  const color = [draws.uniform(0.2, 1), draws.uniform(0.2, 1), draws.uniform(0.2, 1)];
  const strongest = Math.max(...color);
  return strongest >= 0.7 ? color : color.map((value) => (value * 0.7) / strongest);
}

const subpixels = 4;

/** Blends a colour in by how much of each pixel lies inside the outline, at 4x4 places a pixel. */
function fill(
  image: Float32Array,
  width: number,
  [x1, y1, x2, y2]: Box,
  color: readonly number[],
  isInside: (u: number, v: number) => boolean,
): void {
  for (let y = y1; y < y2; y++) {
    for (let x = x1; x < x2; x++) {
      let hits = 0;
      for (let s = 0; s < subpixels ** 2; s++) {
        const u = (x - x1 + ((s % subpixels) + 0.5) / subpixels) / (x2 - x1);
        const v = (y - y1 + (Math.trunc(s / subpixels) + 0.5) / subpixels) / (y2 - y1);
        if (isInside(u, v)) hits++;
      }
      const share = hits / subpixels ** 2;
      for (let c = 0; c < 3; c++) {
        const p = (y * width + x) * 3 + c;
        image[p] = image[p]! * (1 - share) + color[c]! * share;
      }
    }
  }
}

async function withNoise(exact: Tensor, noise: number, seed: number | undefined): Promise<Tensor> {
  const draws = await randomNumbers(
    2 * exact.size,
    seed === undefined ? undefined : (seed ^ 0x5eed) >>> 0,
  );
  const pixels = (await exact.data()) as Float32Array;
  exact.dispose();
  for (let p = 0; p < pixels.length; p++) {
    pixels[p] = Math.min(1, Math.max(0, pixels[p]! + draws.normal(0, noise)));
  }
  return tensor(pixels, { shape: exact.shape });
}
