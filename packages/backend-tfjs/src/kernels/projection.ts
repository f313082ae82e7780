import type { TransformAttrs } from "@tensorflow/tfjs-core";
import { astype, customKernel, shaderGrid } from "@tensorloom/tensor";
import { kernel, type KernelTable } from "./kernel.ts";

type Quad = readonly [batch: number, height: number, width: number, channels: number];

const fillModes = ["constant", "reflect", "wrap", "nearest"];

/** Images seen through a projective map. */
export const projection: KernelTable = {
  Transform: kernel<"image" | "transforms", TransformAttrs>(
    ({ image, transforms }, { interpolation, fillMode, fillValue, outputShape }) => {
      const [batch, height, width, channels] = image.shape as unknown as Quad;
      if (image.size === 0) return undefined;
      const shape = [batch, ...(outputShape ?? [height, width]), channels];
      const [result] = project(
        [astype(image, "float32"), transforms],
        [{ shape, dtype: "float32" }],
        [Number(interpolation === "nearest"), fillModes.indexOf(fillMode), fillValue],
      );
      return astype(result!, image.dtype);
    },
  ),
};

/**
 * Inputs: images, and eight numbers for each, or for all: the map from places in the result to places in the image, row by row
 * without the last. Parameters: whether the nearest pixel is taken, how the image goes on beyond its edges, the value there.
 */
const project = customKernel({
  name: "Transform",
  host([image, maps], [out], [isNearest, mode, outside]) {
    const [, height, width, channels] = image!.shape as Quad;
    const [batch, rows, columns] = out!.shape as Quad;
    const from = image!.data;
    const to = out!.data;
    const look = (start: number, row: number, column: number): number =>
      row >= 0 && row < height && column >= 0 && column < width
        ? from[start + (row * width + column) * channels]!
        : outside!;
    let at = 0;
    for (let i = 0; i < batch; i++) {
      const map = maps!.data.subarray(maps!.shape[0] === 1 ? 0 : 8 * i);
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const depth = map[6]! * x + map[7]! * y + 1;
          if (depth === 0) {
            to.fill(outside!, at, (at += channels));
            continue;
          }
          const column = inside((map[0]! * x + map[1]! * y + map[2]!) / depth, width, mode!);
          const row = inside((map[3]! * x + map[4]! * y + map[5]!) / depth, height, mode!);
          const start = i * height * width * channels;
          if (isNearest !== 0) {
            const [nearRow, nearColumn] = [Math.round(row), Math.round(column)];
            for (let c = 0; c < channels; c++) to[at++] = look(start + c, nearRow, nearColumn);
            continue;
          }
          const left = Math.floor(column);
          const top = Math.floor(row);
          const [right, lower] = [column - left, row - top];
          if (left >= 0 && left < width - 1 && top >= 0 && top < height - 1) {
            const first = start + (top * width + left) * channels;
            const below = first + width * channels;
            for (let c = first; c < first + channels; c++) {
              const upper = (1 - right) * from[c]! + right * from[c + channels]!;
              const d = c - first + below;
              const under = (1 - right) * from[d]! + right * from[d + channels]!;
              to[at++] = (1 - lower) * upper + lower * under;
            }
            continue;
          }
          for (let c = start; c < start + channels; c++) {
            const upper = (1 - right) * look(c, top, left) + right * look(c, top, left + 1);
            const under = (1 - right) * look(c, top + 1, left) + right * look(c, top + 1, left + 1);
            to[at++] = (1 - lower) * upper + lower * under;
          }
        }
      }
    }
  },
  wgsl([image, maps], [out]) {
    const [, height, width, channels] = image!.shape as Quad;
    const [batch, rows, columns] = out!.shape as Quad;
    const { workgroups, begin } = shaderGrid(batch * rows * columns * channels);
    return {
      workgroups,
      source: `
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> maps: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> p: array<vec4f, 1>;
fn inside(given: f32, size: f32) -> f32 {
  var at = given;
  if (p[0][1] == 0.0) { return at; }
  if (p[0][1] == 3.0 || size <= 1.0) { return clamp(at, 0.0, size - 1.0); }
  if (p[0][1] == 1.0) {
    if (at < 0.0) {
      at += 2.0 * size * trunc(-at / (2.0 * size));
      at = select(-at - 1.0, at + 2.0 * size, at < -size);
    } else if (at > size - 1.0) {
      at -= 2.0 * size * trunc(at / (2.0 * size));
      if (at >= size) { at = 2.0 * size - at - 1.0; }
    }
  } else if (at < 0.0) {
    at += size * (trunc(-at / (size - 1.0)) + 1.0);
  } else if (at > size - 1.0) {
    at -= size * trunc(at / (size - 1.0));
  }
  return clamp(at, 0.0, size - 1.0);
}
fn look(start: u32, row: f32, column: f32, c: u32) -> f32 {
  if (!(row >= 0.0 && row < ${height}.0 && column >= 0.0 && column < ${width}.0)) { return p[0][2]; }
  return image[(start + u32(row) * ${width}u + u32(column)) * ${channels}u + c];
}
${begin}
  let c = i % ${channels}u;
  let x = f32((i / ${channels}u) % ${columns}u);
  let y = f32((i / ${channels * columns}u) % ${rows}u);
  let batch = i / ${channels * columns * rows}u;
  let m = ${maps!.shape[0] === 1 ? "0u" : "8u * batch"};
  let depth = maps[m + 6u] * x + maps[m + 7u] * y + 1.0;
  if (depth == 0.0) { result[i] = p[0][2]; return; }
  let column = inside((maps[m] * x + maps[m + 1u] * y + maps[m + 2u]) / depth, ${width}.0);
  let row = inside((maps[m + 3u] * x + maps[m + 4u] * y + maps[m + 5u]) / depth, ${height}.0);
  let start = batch * ${height * width}u;
  if (p[0][0] != 0.0) { result[i] = look(start, floor(row + 0.5), floor(column + 0.5), c); return; }
  let left = floor(column);
  let top = floor(row);
  result[i] = mix(
    mix(look(start, top, left, c), look(start, top, left + 1.0, c), column - left),
    mix(look(start, top + 1.0, left, c), look(start, top + 1.0, left + 1.0, c), column - left),
    row - top,
  );
}`,
    };
  },
});

/** A place along an axis of `size` pixels, taken to the image by a fill mode of TensorFlow. */
function inside(given: number, size: number, mode: number): number {
  let at = given;
  if (mode === 0) return at;
  if (mode === 3 || size <= 1) return Math.max(0, Math.min(at, size - 1));
  if (mode === 1) {
    // [dcba|abcd|dcba]
    if (at < 0) {
      at += 2 * size * Math.trunc(-at / (2 * size));
      at = at < -size ? at + 2 * size : -at - 1;
    } else if (at > size - 1) {
      at -= 2 * size * Math.trunc(at / (2 * size));
      if (at >= size) at = 2 * size - at - 1;
    }
  } else if (at < 0) {
    // [abcd|abcd|abcd]
    at += size * (Math.trunc(-at / (size - 1)) + 1);
  } else if (at > size - 1) {
    at -= size * Math.trunc(at / (size - 1));
  }
  return Math.max(0, Math.min(at, size - 1));
}
