import { DTypeError, ShapeError, type Tensor } from "@tensorloom/tensor";
import { toBytes } from "../image/images.ts";

/** A picture in bytes. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Resolves to the bytes of a picture: `[height, width, 1 | 3 | 4]`, uint8, or floats from 0 to 1. */
export async function bytesOf(operation: string, image: Tensor): Promise<Pixels> {
  const [height, width, channels] = image.shape as [number, number, number];
  if (image.rank !== 3 || ![1, 3, 4].includes(channels) || image.size === 0) {
    throw new ShapeError(
      `${operation}: image: expected [height, width, 1, 3 or 4], got [${image.shape.join(", ")}]`,
    );
  }
  if (image.dtype === "uint8") {
    return { data: (await image.data()) as Uint8Array, height, width, channels };
  }
  if (image.dtype !== "float32" && image.dtype !== "float64") {
    throw new DTypeError(
      `${operation}: image: expected uint8, or floats from 0 to 1, got ${image.dtype}`,
    );
  }
  const scaled = image.mul(255);
  const bytes = toBytes(scaled);
  scaled.dispose();
  try {
    return { data: (await bytes.data()) as Uint8Array, height, width, channels };
  } finally {
    bytes.dispose();
  }
}

/** Returns pixels with opacity, as canvases have them. */
export function withOpacity(pixels: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const { data, height, width, channels } = pixels;
  const result = new Uint8ClampedArray(4 * height * width);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) result[4 * i + c] = data[i * channels + (channels === 1 ? 0 : c)]!;
    result[4 * i + 3] = channels === 4 ? data[4 * i + 3]! : 255;
  }
  return result;
}

/** Returns pixels of four channels with so many, grey by BT.601. */
export function withChannels(rgba: Uint8ClampedArray, channels: 1 | 3 | 4): Uint8Array {
  if (channels === 4) return Uint8Array.from(rgba);
  const pixels = rgba.length / 4;
  const result = new Uint8Array(pixels * channels);
  for (let i = 0, from = 0; i < pixels; i++, from += 4) {
    const [r, g, b] = [rgba[from]!, rgba[from + 1]!, rgba[from + 2]!];
    if (channels === 1) result[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else {
      result[3 * i] = r;
      result[3 * i + 1] = g;
      result[3 * i + 2] = b;
    }
  }
  return result;
}
