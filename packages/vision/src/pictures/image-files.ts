import { ArgumentError, FormatError, tensor, type Tensor } from "@tensorloom/tensor";
import { decodeInBrowser, encodeInBrowser, isBrowser } from "./canvas.ts";
import { fileSystem, loadSharp } from "./load-sharp.ts";
import { bytesOf } from "./pixels.ts";

/** What reading pictures takes. */
export interface DecodeImageOptions {
  /** 1 for grey, 3 for red, green, blue (the default), 4 for opacity besides. */
  readonly channels?: 1 | 3 | 4;
  /** Pictures of more pixels are refused before they are decoded; 2^28 by default. */
  readonly maxPixels?: number;
}

/** What writing pictures takes. */
export interface EncodeImageOptions {
  /** `"png"` by default; `writeImage` goes by the file's name. */
  readonly format?: "png" | "jpeg" | "webp" | "avif" | "tiff" | "gif";
  /** From 1 to 100, for formats that lose something. */
  readonly quality?: number;
}

const mostPixels = 2 ** 28;

/**
 * Resolves to the picture in a file: PNG, JPEG, WebP, AVIF, GIF, TIFF or SVG. In Node, by the optional package sharp.
 *
 * @param path - the file's
 * @param options - channels, and how many pixels are too many
 * @returns `[height, width, channels]`, uint8, upright
 * @throws `FormatError` for what is not a picture, is cut off, or claims too many pixels; `UnsupportedError` without sharp,
 * and in browsers; the file system's error where there is no such file
 *
 * @example
 * await writeImage("example.png", full([2, 3, 3], 200, "uint8"));
 * (await readImage("example.png")).shape; // => [2,3,3]
 * await (await import("node:fs/promises")).rm("example.png");
 */
export async function readImage(path: string, options: DecodeImageOptions = {}): Promise<Tensor> {
  const bytes = await fileSystem("readImage").readFile(path);
  return decode("readImage", path, bytes, options);
}

/**
 * Resolves to the picture in bytes of a file: in Node by the optional package sharp, in browsers by the browser.
 *
 * @param bytes - a file's
 * @param options - channels, and how many pixels are too many
 * @returns `[height, width, channels]`, uint8, upright
 * @throws `FormatError` for what is not a picture, is cut off, or claims too many pixels; `UnsupportedError` without sharp
 *
 * @example
 * const bytes = await encodeImage(full([2, 3, 3], 200, "uint8"));
 * (await decodeImage(bytes)).shape; // => [2,3,3]
 */
export async function decodeImage(
  bytes: Uint8Array,
  options: DecodeImageOptions = {},
): Promise<Tensor> {
  return decode("decodeImage", `${bytes.length} bytes`, bytes, options);
}

/**
 * Writes a picture to a file, whole or not at all.
 *
 * @param path - the file's; its ending names the format
 * @param image - `[height, width, channels]` of 1, 3 or 4 channels; uint8, or floats from 0 to 1
 * @param options - another format, quality
 * @throws `ShapeError` for another shape; `ArgumentError` for an ending that names no format; `UnsupportedError` without
 * sharp, and in browsers
 *
 * @example
 * await writeImage("example.jpg", full([2, 3, 3], 200, "uint8"), { quality: 90 });
 * await (await import("node:fs/promises")).rm("example.jpg");
 */
export async function writeImage(
  path: string,
  image: Tensor,
  options: EncodeImageOptions = {},
): Promise<void> {
  const files = fileSystem("writeImage");
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const format = options.format ?? formats[ending];
  if (format === undefined) {
    throw new ArgumentError(
      `writeImage: path: expected an ending of ${Object.keys(formats).join(", ")}, got ${path}; try { format: "png" }`,
    );
  }
  const bytes = await encode("writeImage", image, { ...options, format });
  const temporary = `${path}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    await files.writeFile(temporary, bytes);
    await files.rename(temporary, path);
  } catch (error) {
    await files.rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Resolves to the bytes of a picture's file.
 *
 * @param image - `[height, width, channels]` of 1, 3 or 4 channels; uint8, or floats from 0 to 1
 * @param options - format, quality
 * @throws `ShapeError` for another shape; `UnsupportedError` without sharp
 *
 * @example
 * (await encodeImage(full([2, 3, 3], 200, "uint8"))).subarray(1, 4).join(); // => 80,78,71
 */
export async function encodeImage(
  image: Tensor,
  options: EncodeImageOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return encode("encodeImage", image, options);
}

const formats: Readonly<Record<string, NonNullable<EncodeImageOptions["format"]>>> = {
  png: "png",
  jpg: "jpeg",
  jpeg: "jpeg",
  webp: "webp",
  avif: "avif",
  tif: "tiff",
  tiff: "tiff",
  gif: "gif",
};

async function decode(
  operation: string,
  name: string,
  bytes: Uint8Array,
  { channels = 3, maxPixels = mostPixels }: DecodeImageOptions,
): Promise<Tensor> {
  if (![1, 3, 4].includes(channels)) {
    throw new ArgumentError(`${operation}: channels: expected 1, 3 or 4, got ${String(channels)}`);
  }
  if (isBrowser()) return decodeInBrowser(operation, bytes, channels, maxPixels);
  const sharp = await loadSharp(operation);
  try {
    const source = sharp(bytes, { limitInputPixels: maxPixels, failOn: "truncated" });
    const upright = source.rotate().toColourspace("srgb");
    const chosen = {
      1: () => upright.removeAlpha().grayscale().toColourspace("b-w"),
      3: () => upright.removeAlpha(),
      4: () => upright.ensureAlpha(),
    }[channels]();
    const { data, info } = await chosen.raw().toBuffer({ resolveWithObject: true });
    return tensor(Uint8Array.from(data), { shape: [info.height, info.width, info.channels] });
  } catch (cause) {
    throw new FormatError(
      `${operation}: expected a whole picture of at most ${maxPixels} pixels, got ${name}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function encode(
  operation: string,
  image: Tensor,
  { format = "png", quality }: EncodeImageOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = await bytesOf(operation, image);
  if (isBrowser()) return encodeInBrowser(operation, pixels, format, quality);
  const { data, height, width, channels } = pixels;
  const sharp = await loadSharp(operation);
  const raw = sharp(data, { raw: { width, height, channels } });
  const coded = raw.toFormat(format, quality === undefined ? {} : { quality });
  return Uint8Array.from((await coded.toBuffer({ resolveWithObject: true })).data);
}
