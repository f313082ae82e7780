import { ArgumentError, ShapeError, tensor, type Tensor } from "@tensorloom/tensor";
import { bytesOf, withOpacity } from "../pictures/pixels.ts";
import { glyphColumns, glyphRows, hasInk } from "./glyphs.ts";

/** Red, green and blue, from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** What {@link drawBoxes} takes beside picture and boxes. */
export interface DrawBoxesOptions {
  /** What is written at each box. */
  readonly labels?: readonly string[];
  /** The class of each box, which gives its colour; by default each box has a colour of its own. */
  readonly classes?: readonly number[];
  /** The colours; ten that are told apart well by default. */
  readonly colors?: readonly Rgb[];
  /** The width of lines in pixels; by the picture's size by default. */
  readonly lineWidth?: number;
  /** How many pixels a dot of the letters is; by the picture's size by default. */
  readonly textScale?: number;
}

/** Okabe and Ito 2008, "Color universal design", and four lighter ones. */
const palette: readonly Rgb[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [213, 94, 0],
  [204, 121, 167],
  [0, 114, 178],
  [160, 220, 120],
  [255, 150, 150],
  [190, 170, 255],
];

/**
 * Resolves to a picture with boxes drawn over it, and their labels.
 *
 * @param image - `[height, width, channels]` of 1, 3 or 4 channels; uint8, or floats from 0 to 1
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2] in pixels; parts outside are not drawn
 * @param options - labels, classes, colours, line width, size of letters
 * @returns `[height, width, 3]`, uint8, where `image` is
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` unless there is a label and a class a box
 *
 * @example
 * const picture = await drawBoxes(zeros([20, 20, 3]), tensor([[2, 2, 17, 17]]), { colors: [[255, 0, 0]] });
 * picture.slice([2, 2, 0], [3, 3, 3]).toString(); // => [[[255,   0,   0]]]
 */
export async function drawBoxes(
  image: Tensor,
  boxes: Tensor,
  options: DrawBoxesOptions = {},
): Promise<Tensor> {
  if (boxes.rank !== 2 || boxes.shape[1] !== 4) {
    throw new ShapeError(`drawBoxes: boxes: expected [n, 4], got [${boxes.shape.join(", ")}]`);
  }
  const count = boxes.shape[0]!;
  const { labels, classes, colors = palette } = options;
  for (const [name, list] of Object.entries({ labels, classes })) {
    if (list === undefined || list.length === count) continue;
    throw new ArgumentError(`drawBoxes: ${name}: expected one a box, ${count}, got ${list.length}`);
  }
  const [pixels, corners] = await Promise.all([bytesOf("drawBoxes", image), boxes.data()]);
  const canvas = new Canvas(withOpacity(pixels), pixels.width, pixels.height);
  const side = Math.min(pixels.width, pixels.height);
  const lineWidth = options.lineWidth ?? Math.max(1, Math.round(side / 200));
  const textScale = options.textScale ?? Math.max(1, Math.round(side / 260));
  for (let i = 0; i < count; i++) {
    const [x1, y1, x2, y2] = Array.from(corners.subarray(4 * i, 4 * i + 4), Math.round) as [
      number,
      number,
      number,
      number, // prettier-ignore
    ];
    if (![x1, y1, x2, y2].every(Number.isFinite)) continue;
    const color = colors[(classes?.[i] ?? i) % colors.length]!;
    canvas.outline([x1, y1, x2, y2], lineWidth, color);
    if (labels !== undefined) canvas.label(labels[i]!, [x1, y1], textScale, color);
  }
  const drawn = tensor(canvas.rgb(), { shape: [pixels.height, pixels.width, 3] });
  if (drawn.backend === image.backend) return drawn;
  const moved = await drawn.to(image.backend);
  drawn.dispose();
  return moved;
}

/** Pixels that are drawn on; what lies outside is left out. */
class Canvas {
  readonly #data: Uint8ClampedArray;
  readonly #width: number;
  readonly #height: number;

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.#data = data;
    this.#width = width;
    this.#height = height;
  }

  /** Fills columns `x1` to before `x2` of rows `y1` to before `y2`. */
  fill(x1: number, y1: number, x2: number, y2: number, [r, g, b]: Rgb): void {
    const [left, right] = [Math.max(0, x1), Math.min(this.#width, x2)];
    for (let y = Math.max(0, y1); y < Math.min(this.#height, y2); y++) {
      for (let at = 4 * (y * this.#width + left), x = left; x < right; x++, at += 4) {
        this.#data[at] = r;
        this.#data[at + 1] = g;
        this.#data[at + 2] = b;
      }
    }
  }

  /** Draws a frame inside a box. */
  outline(
    [x1, y1, x2, y2]: readonly [number, number, number, number],
    w: number,
    color: Rgb,
  ): void {
    this.fill(x1, y1, x2, y1 + w, color);
    this.fill(x1, y2 - w, x2, y2, color);
    this.fill(x1, y1, x1 + w, y2, color);
    this.fill(x2 - w, y1, x2, y2, color);
  }

  /** Writes on a plate of the colour: above the corner, or below it where there is no room. */
  label(text: string, [x, y]: readonly [number, number], scale: number, color: Rgb): void {
    const characters = Array.from(text);
    const margin = 2 * scale;
    const step = (glyphColumns + 1) * scale;
    const width = characters.length * step - scale + 2 * margin;
    const height = glyphRows * scale + 2 * margin;
    const left = Math.max(0, Math.min(x, this.#width - width));
    const top = y - height >= 0 ? y - height : Math.max(0, y);
    this.fill(left, top, left + width, top + height, color);
    const isLight = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] > 120;
    const ink: Rgb = isLight ? [20, 20, 20] : [255, 255, 255];
    characters.forEach((character, i) => {
      for (let row = 0; row < glyphRows; row++) {
        for (let column = 0; column < glyphColumns; column++) {
          if (!hasInk(character, row, column)) continue;
          const dotX = left + margin + i * step + column * scale;
          const dotY = top + margin + row * scale;
          this.fill(dotX, dotY, dotX + scale, dotY + scale, ink);
        }
      }
    });
  }

  /** Returns the pixels without their opacity. */
  rgb(): Uint8Array {
    const result = new Uint8Array((this.#data.length / 4) * 3);
    for (let i = 0, from = 0; i < result.length; i += 3, from += 4) {
      result[i] = this.#data[from]!;
      result[i + 1] = this.#data[from + 1]!;
      result[i + 2] = this.#data[from + 2]!;
    }
    return result;
  }
}
