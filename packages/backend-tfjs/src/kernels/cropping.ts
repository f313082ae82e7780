import type { CropAndResizeAttrs } from "@tensorflow/tfjs-core";
import { astype, customKernel, shaderGrid } from "@tensorloom/tensor";
import { kernel, type KernelTable } from "./kernel.ts";

type Quad = readonly [batch: number, height: number, width: number, channels: number];

/** Boxes cut out of images and resized, as detection models do between their stages. */
export const cropping: KernelTable = {
  CropAndResize: kernel<"image" | "boxes" | "boxInd", CropAndResizeAttrs>(
    ({ image, boxes, boxInd }, { cropSize, method, extrapolationValue }) => {
      const shape = [boxes.shape[0]!, ...cropSize, image.shape[3]!];
      const inputs = [astype(image, "float32"), boxes, boxInd];
      const isNearest = Number(method === "nearest");
      if (inputs.some(({ size }) => size === 0)) return undefined;
      return crop(inputs, [{ shape, dtype: "float32" }], [isNearest, extrapolationValue])[0];
    },
  ),
};

/**
 * Inputs: images, boxes `[n, 4]` as [y1, x1, y2, x2] in parts of an image's size less one, and the image of each. Parameters:
 * whether the nearest pixel is taken, and the value outside of the image.
 */
const crop = customKernel({
  name: "CropAndResize",
  host([image, boxes, places], [out], [isNearest, outside]) {
    const [batch, height, width, channels] = image!.shape as Quad;
    const [count, rows, columns] = out!.shape as Quad;
    const from = image!.data;
    const to = out!.data;
    let at = 0;
    for (let box = 0; box < count; box++) {
      const place = places!.data[box]!;
      const start = place * height * width * channels;
      const [y1, x1, y2, x2] = boxes!.data.subarray(4 * box, 4 * box + 4) as unknown as Quad;
      const down = tapsAlong(y1, y2, height, rows, isNearest !== 0);
      const across = tapsAlong(x1, x2, width, columns, isNearest !== 0);
      if (place < 0 || place >= batch) {
        to.fill(0, at, (at += rows * columns * channels));
        continue;
      }
      for (let row = 0; row < rows; row++) {
        if (down.low[row]! < 0) {
          to.fill(outside!, at, (at += columns * channels));
          continue;
        }
        const top = start + down.low[row]! * width * channels;
        const bottom = start + down.high[row]! * width * channels;
        const lower = down.share[row]!;
        for (let column = 0; column < columns; column++) {
          const low = across.low[column]!;
          if (low < 0) {
            to.fill(outside!, at, (at += channels));
          } else if (isNearest !== 0) {
            for (let c = 0; c < channels; c++) to[at++] = from[top + low * channels + c]!;
          } else {
            const step = (across.high[column]! - low) * channels;
            const righter = across.share[column]!;
            const [above, below] = [top + low * channels, bottom + low * channels];
            for (let c = 0; c < channels; c++) {
              const first = from[above + c]!;
              const second = from[below + c]!;
              const upper = first + (from[above + step + c]! - first) * righter;
              const under = second + (from[below + step + c]! - second) * righter;
              to[at++] = upper + (under - upper) * lower;
            }
          }
        }
      }
    }
  },
  wgsl([image], [out]) {
    const [batch, height, width, channels] = image!.shape as Quad;
    const [count, rows, columns] = out!.shape as Quad;
    const { workgroups, begin } = shaderGrid(count * rows * columns * channels);
    return {
      workgroups,
      source: `
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> boxes: array<f32>;
@group(0) @binding(2) var<storage, read> places: array<i32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<uniform> p: array<vec4f, 1>;
fn along(low: f32, high: f32, i: u32, count: u32, last: f32) -> f32 {
  if (count == 1u) { return 0.5 * (low + high) * last; }
  // Exact at the end, lest it fall outside by a rounding.
  if (i == count - 1u) { return high * last; }
  return low * last + f32(i) * ((high - low) * last / f32(count - 1u));
}
fn look(place: u32, row: f32, column: f32, c: u32) -> f32 {
  return image[((place * ${height}u + u32(row)) * ${width}u + u32(column)) * ${channels}u + c];
}
${begin}
  let c = i % ${channels}u;
  let column = (i / ${channels}u) % ${columns}u;
  let row = (i / ${channels * columns}u) % ${rows}u;
  let box = i / ${channels * columns * rows}u;
  if (places[box] < 0 || places[box] >= ${batch}) { result[i] = 0.0; return; }
  let place = u32(places[box]);
  let y = along(boxes[4u * box], boxes[4u * box + 2u], row, ${rows}u, ${height - 1}.0);
  let x = along(boxes[4u * box + 1u], boxes[4u * box + 3u], column, ${columns}u, ${width - 1}.0);
  if (!(y >= 0.0 && y <= ${height - 1}.0 && x >= 0.0 && x <= ${width - 1}.0)) { result[i] = p[0][1]; return; }
  if (p[0][0] != 0.0) { result[i] = look(place, floor(y + 0.5), floor(x + 0.5), c); return; }
  let top = mix(look(place, floor(y), floor(x), c), look(place, floor(y), ceil(x), c), fract(x));
  let bottom = mix(look(place, ceil(y), floor(x), c), look(place, ceil(y), ceil(x), c), fract(x));
  result[i] = mix(top, bottom, fract(y));
}`,
    };
  },
});

/** Where the places of a crop lie along an axis of the image. */
interface Taps {
  /** The pixel before each, or the nearest; -1 outside of the image. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  /** How much of the higher pixel is taken. */
  readonly share: Float64Array;
}

function tapsAlong(
  from: number,
  to: number,
  size: number,
  count: number,
  isNearest: boolean,
): Taps {
  const [low, high] = [new Int32Array(count), new Int32Array(count)];
  const share = new Float64Array(count);
  const last = size - 1;
  const step = count > 1 ? ((to - from) * last) / (count - 1) : 0;
  for (let i = 0; i < count; i++) {
    const at = count > 1 ? from * last + i * step : 0.5 * (from + to) * last;
    const isInside = at >= 0 && at <= last;
    low[i] = isInside ? (isNearest ? Math.round(at) : Math.floor(at)) : -1;
    high[i] = Math.ceil(at);
    share[i] = at - low[i]!;
  }
  return { low, high, share };
}
