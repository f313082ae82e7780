import { ShapeError } from "@tensorloom/tensor";
import { encode } from "fast-png";
import { escape } from "./escape.ts";
import { palette } from "./theme.ts";

/** A rectangle over a picture, in its pixels. */
export interface Box {
  /** Left. */
  readonly x1: number;
  /** Top. */
  readonly y1: number;
  /** Right. */
  readonly x2: number;
  /** Bottom. */
  readonly y2: number;
  /** Written above it. */
  readonly label?: string;
  /** An SVG colour; one of the palette by default, the same for the same label. */
  readonly color?: string;
}

/** What {@link imageChart} takes. */
export interface ImageChartOptions {
  /** `[height, width, channels]` in row-major order: bytes, or floats from 0 to 1. */
  readonly pixels: ArrayLike<number>;
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** 1 for grey, 3 for colour, 4 for colour with opacity; 1 by default. */
  readonly channels?: 1 | 3 | 4;
  /** How many times larger it is shown, with pixels kept sharp; 1 by default. */
  readonly scale?: number;
  /** Boxes over it. */
  readonly boxes?: readonly Box[];
}

/**
 * Resolves to a picture, with boxes over it, as an SVG text that holds it as PNG.
 *
 * @param options - the pixels, and what is drawn over them
 * @throws `ShapeError` if there are not height · width · channels numbers
 *
 * @example
 * (await imageChart({ pixels: [0, 0.5, 0.7, 1], width: 2, height: 2, scale: 20 })).startsWith("<svg"); // => true
 */
export async function imageChart(options: ImageChartOptions): Promise<string> {
  const { pixels, width, height, channels = 1, scale = 1, boxes = [] } = options;
  if (pixels.length !== width * height * channels) {
    throw new ShapeError(
      `imageChart: pixels: expected ${height} x ${width} x ${channels} = ${width * height * channels}, got ${pixels.length}`,
    );
  }
  const isBytes = pixels instanceof Uint8Array || pixels instanceof Uint8ClampedArray;
  const data = Uint8Array.from(pixels, (value) =>
    isBytes ? value : Math.round(255 * Math.min(1, Math.max(0, value))),
  );
  const png = encode({ width, height, channels, data });
  const [w, h] = [width * scale, height * scale];
  const labels = [...new Set(boxes.map(({ label }) => label))];
  const marks = boxes.map(({ x1, y1, x2, y2, label, color }) => {
    const stroke = escape(color ?? palette[1 + (labels.indexOf(label) % (palette.length - 1))]!);
    const [x, y] = [x1 * scale, y1 * scale];
    const rect = `<rect x="${x}" y="${y}" width="${(x2 - x1) * scale}" height="${(y2 - y1) * scale}" fill="none" stroke="${stroke}" stroke-width="2"/>`;
    if (label === undefined) return rect;
    // Whole, however near the picture's border.
    const wide = 7 * label.length + 6;
    const [left, top] = [Math.max(0, Math.min(x - 1, w - wide)), Math.max(0, y - 15)];
    return (
      `${rect}<rect x="${left}" y="${top}" width="${wide}" height="15" fill="${stroke}"/>` +
      `<text x="${left + 3}" y="${top + 11.5}" font-family="system-ui, sans-serif" font-size="11" fill="white">${escape(label)}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">` +
    `<image href="data:image/png;base64,${base64(png)}" width="${w}" height="${h}" style="image-rendering:pixelated"/>` +
    `${marks.join("")}</svg>`
  );
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
