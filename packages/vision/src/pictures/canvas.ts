// Pictures in browsers. Nothing of the DOM is touched before one of these is called.
import { FormatError, tensor, UnsupportedError, type Tensor } from "@tensorloom/tensor";
import { frameOnDevice } from "./frame-on-device.ts";
import { bytesOf, withChannels, withOpacity, type Pixels } from "./pixels.ts";

/** What taking pictures from the page takes. */
export interface FromCanvasOptions {
  /** 1 for grey, 3 for red, green, blue (the default), 4 for opacity besides. */
  readonly channels?: 1 | 3 | 4;
}

/** A camera that has been opened. */
export interface Camera {
  /** The video element that shows it, for the page. */
  readonly video: HTMLVideoElement;
  /** Returns the picture of now: `[height, width, 3]`, uint8. */
  read(): Tensor;
  /** Closes it. */
  stop(): void;
}

/** Whether pictures are coded by a browser. */
export function isBrowser(): boolean {
  return typeof createImageBitmap === "function" && typeof OffscreenCanvas === "function";
}

/**
 * Returns the picture on a canvas.
 *
 * @param canvas - of a page, or off the screen
 * @param options - channels
 * @returns `[height, width, channels]`, uint8
 * @throws `UnsupportedError` for a canvas whose context is not 2d
 */
export function fromCanvas(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  options: FromCanvasOptions = {},
): Tensor {
  const context = contextOf("fromCanvas", canvas);
  return tensorOf(context.getImageData(0, 0, canvas.width, canvas.height), options);
}

/**
 * Draws a picture on a canvas, which takes its size.
 *
 * @param image - `[height, width, channels]` of 1, 3 or 4 channels; uint8, or floats from 0 to 1
 * @param canvas - of a page, or off the screen
 * @throws `ShapeError` for another shape; `UnsupportedError` for a canvas whose context is not 2d
 */
export async function toCanvas(
  image: Tensor,
  canvas: HTMLCanvasElement | OffscreenCanvas,
): Promise<void> {
  draw("toCanvas", await bytesOf("toCanvas", image), canvas);
}

/**
 * Returns the picture of an image bitmap.
 *
 * @param bitmap - as `createImageBitmap` gives it
 * @param options - channels
 * @returns `[height, width, channels]`, uint8
 */
export function fromImageBitmap(bitmap: ImageBitmap, options: FromCanvasOptions = {}): Tensor {
  return fromSource("fromImageBitmap", bitmap, [bitmap.width, bitmap.height], options);
}

/**
 * Returns the picture of a video frame, or of the moment that a video element shows. With `webgpu` as the current backend
 * the device reads the frame itself, and nothing passes through host memory.
 *
 * @param frame - a `VideoFrame`, or a video element that plays
 * @param options - channels
 * @returns `[height, width, channels]`, uint8
 */
export function fromVideoFrame(
  frame: VideoFrame | HTMLVideoElement,
  options: FromCanvasOptions = {},
): Tensor {
  const size =
    "videoWidth" in frame
      ? ([frame.videoWidth, frame.videoHeight] as const)
      : ([frame.displayWidth, frame.displayHeight] as const);
  const onDevice = frameOnDevice(frame, size, options.channels ?? 3);
  return onDevice ?? fromSource("fromVideoFrame", frame, size, options);
}

/**
 * Opens the camera, once its user allows.
 *
 * @param constraints - as `getUserMedia` takes them for video
 * @throws `UnsupportedError` where there is no camera, or it is not allowed
 */
export async function camera(constraints: MediaTrackConstraints = {}): Promise<Camera> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: constraints });
  } catch (error) {
    throw new UnsupportedError(
      `camera: expected a camera that may be used, got ${(error as Error).message}; ` +
        "a page must come by https or from this machine, and be allowed",
    );
  }
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  return {
    video,
    read: () => fromVideoFrame(video),
    stop: () => {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}

/** Resolves to what a browser decodes. */
export async function decodeInBrowser(
  operation: string,
  bytes: Uint8Array,
  channels: 1 | 3 | 4,
  maxPixels: number,
): Promise<Tensor> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
  } catch (cause) {
    throw new FormatError(
      `${operation}: expected a picture that this browser reads, got ${bytes.length} bytes: ${(cause as Error).message}`,
      { cause },
    );
  }
  try {
    if (bitmap.width * bitmap.height > maxPixels) {
      throw new FormatError(
        `${operation}: expected at most ${maxPixels} pixels, got ${bitmap.width} by ${bitmap.height}`,
      );
    }
    return fromImageBitmap(bitmap, { channels });
  } finally {
    bitmap.close();
  }
}

/** Resolves to what a browser encodes. */
export async function encodeInBrowser(
  operation: string,
  pixels: Pixels,
  format: string,
  quality: number | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  draw(operation, pixels, canvas);
  const type = `image/${format}`;
  const share = quality === undefined ? {} : { quality: quality / 100 };
  const blob = await canvas.convertToBlob({ type, ...share });
  if (blob.type !== type) {
    throw new UnsupportedError(
      `${operation}: format: expected one that this browser writes, got ${format}; try "png"`,
    );
  }
  return new Uint8Array(await blob.arrayBuffer());
}

function draw(
  operation: string,
  pixels: Pixels,
  canvas: HTMLCanvasElement | OffscreenCanvas,
): void {
  const { width, height } = pixels;
  canvas.width = width;
  canvas.height = height;
  const context = contextOf(operation, canvas);
  context.putImageData(new ImageData(withOpacity(pixels), width, height), 0, 0);
}

function fromSource(
  operation: string,
  source: CanvasImageSource,
  [width, height]: readonly [number, number],
  options: FromCanvasOptions,
): Tensor {
  const context = contextOf(operation, new OffscreenCanvas(width, height));
  context.drawImage(source, 0, 0);
  return tensorOf(context.getImageData(0, 0, width, height), options);
}

function contextOf(
  operation: string,
  canvas: HTMLCanvasElement | OffscreenCanvas,
): CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: true }) as
    CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (context !== null) return context;
  throw new UnsupportedError(
    `${operation}: expected a canvas with a 2d context, got one with another; draw it on a second canvas`,
  );
}

function tensorOf({ data, width, height }: ImageData, { channels = 3 }: FromCanvasOptions): Tensor {
  return tensor(withChannels(data, channels), { shape: [height, width, channels] });
}
