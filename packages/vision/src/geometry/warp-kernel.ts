import {
  customGrad,
  customKernel,
  scatterAdd,
  shaderGrid,
  tensor,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { borderIndex, type Border } from "../image/border.ts";
import { besides, toBytes } from "../image/images.ts";
import { planRows, visionModule } from "../wasm/module.ts";

/** A projective map from places in the result to places in the input, row by row. */
export type Matrix3 = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number, // prettier-ignore
];

/** How {@link warp} looks images up. */
export interface Warp {
  readonly inverse: Matrix3;
  readonly size: readonly [height: number, width: number];
  readonly isNearest: boolean;
  readonly border: Border;
  readonly value: number;
}

type Quad = readonly [batch: number, height: number, width: number, channels: number];

const borders: readonly Border[] = ["reflect101", "reflect", "replicate", "constant", "wrap"];

/** Input: images. Parameters: the matrix, whether the nearest pixel is taken, the border's number, the value beyond it. */
const kernel = customKernel({
  name: "warp",
  host([x], [out], parameters) {
    const [, height, width, channels] = x!.shape as Quad;
    const [batch, outHeight, outWidth] = out!.shape as Quad;
    const from = x!.data;
    const bytes = out!.data;
    const to =
      bytes instanceof Uint8Array
        ? new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.length)
        : bytes;
    const value = parameters[11]!;
    eachPlace(warpOf(parameters, [outHeight, outWidth]), height, width, (pixel, taps) => {
      for (let image = 0; image < batch; image++) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (const [at, weight] of taps) {
            sum += weight * (at < 0 ? value : from[(image * height * width + at) * channels + c]!);
          }
          to[(image * outHeight * outWidth + pixel) * channels + c] = sum;
        }
      }
    });
  },
  wasm: {
    module: visionModule,
    plan([x], [out], parameters, threads) {
      if (x!.dtype === "float64") return undefined;
      const [, height, width, channels] = x!.shape as Quad;
      const [batch, outHeight, outWidth] = out!.shape as Quad;
      const job = {
        run: "warp",
        rows: batch * outHeight,
        operations: outWidth * channels * 8,
        workspace: 5 * (outWidth * channels + 64),
      };
      return planRows(job, threads, (first, count) => [
        ...[x!.address, Number(x!.dtype === "uint8"), out!.address, first, count],
        ...[height, width, channels, outHeight, outWidth, ...parameters],
      ]);
    },
  },
  wgsl: ([x], [out]) => {
    const [, height, width, channels] = x!.shape as Quad;
    const [batch, outHeight, outWidth] = out!.shape as Quad;
    const { workgroups, begin } = shaderGrid(batch * outHeight * outWidth * channels);
    return {
      workgroups,
      source: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> p: array<vec4f, 3>;
fn place(i: i32, size: i32) -> i32 {
  if (i >= 0 && i < size) { return i; }
  let border = i32(p[2][2]);
  if (border == 3) { return -1; }
  if (border == 2) { return clamp(i, 0, size - 1); }
  if (border == 0) {
    if (size == 1) { return 0; }
    let period = 2 * (size - 1);
    let at = ((i % period) + period) % period;
    return select(period - at, at, at < size);
  }
  if (border == 1) {
    let at = ((i % (2 * size)) + 2 * size) % (2 * size);
    return select(2 * size - 1 - at, at, at < size);
  }
  return ((i % size) + size) % size;
}
fn look(image: u32, row: i32, column: i32, c: u32) -> f32 {
  let y = place(row, ${height});
  let x_ = place(column, ${width});
  if (y < 0 || x_ < 0) { return p[2][3]; }
  return x[(image * ${height * width}u + u32(y * ${width} + x_)) * ${channels}u + c];
}
${begin}
  let c = i % ${channels}u;
  let pixel = i / ${channels}u;
  let column = f32(pixel % ${outWidth}u);
  let row = f32((pixel / ${outWidth}u) % ${outHeight}u);
  let image = pixel / ${outWidth * outHeight}u;
  let w = p[1][2] * column + p[1][3] * row + p[2][0];
  var place_ = vec2f(p[0][0] * column + p[0][1] * row + p[0][2], p[0][3] * column + p[1][0] * row + p[1][1]) / w;
  if (p[2][1] != 0.0) { place_ = floor(place_ + 0.5); }
  place_ = clamp(place_, vec2f(-1e8), vec2f(1e8));
  let corner = floor(place_);
  let f = place_ - corner;
  let left = i32(corner.x);
  let top = i32(corner.y);
  result[i] = mix(
    mix(look(image, top, left, c), look(image, top, left + 1, c), f.x),
    mix(look(image, top + 1, left, c), look(image, top + 1, left + 1, c), f.x),
    f.y,
  );
}`,
    };
  },
});

/**
 * Returns images looked up where a projective map says.
 *
 * @param x - `[batch, height, width, channels]`; uint8 or float
 */
export function warp(x: Tensor, options: Warp): Tensor {
  const { inverse, size, isNearest, border, value } = options;
  const [batch, height, width, channels] = x.shape as unknown as Quad;
  const parameters = [...inverse, Number(isNearest), borders.indexOf(border), value];
  const forward = customGrad(
    (images) => {
      const shape = [batch, ...size, channels];
      if (images.isOnHost)
        return kernel([images], [{ shape, dtype: images.dtype }], parameters)[0]!;
      const floats = images.dtype === "float32" ? images : images.astype("float32");
      const [result] = kernel([floats], [{ shape, dtype: "float32" }], parameters);
      return images.dtype === "uint8" ? toBytes(result!) : result!;
    },
    (gradient) =>
      besides(gradient, () => adjoint(gradient, options, [batch, height, width, channels])),
  );
  return forward(x);
}

/** Each pixel of the gradient goes back to those that it was made of. */
function adjoint(gradient: Tensor, options: Warp, [batch, height, width, channels]: Quad): Tensor {
  const pixels = options.size[0] * options.size[1];
  const indices = new Int32Array(4 * pixels);
  const weights = new Float32Array(4 * pixels);
  eachPlace(options, height, width, (pixel, taps) => {
    taps.forEach(([at, weight], k) => {
      if (at < 0) return;
      indices[k * pixels + pixel] = at;
      weights[k * pixels + pixel] = weight;
    });
  });
  const flat = gradient.reshape([batch, 1, pixels, channels]);
  const updates = flat.mul(tensor(weights, { shape: [4, pixels, 1] }));
  const target = zeros([batch, height * width, channels], gradient.dtype);
  const summed = scatterAdd(
    target,
    tensor(indices),
    updates.reshape([batch, 4 * pixels, channels]),
    1,
  );
  return summed.reshape([batch, height, width, channels]);
}

/** Calls `f` for each pixel of the result, with the input pixels that it is made of (-1 beyond a constant border). */
function eachPlace(
  { inverse: m, size, isNearest, border }: Omit<Warp, "value">,
  height: number,
  width: number,
  f: (pixel: number, taps: readonly (readonly [at: number, weight: number])[]) => void,
): void {
  for (let row = 0; row < size[0]; row++) {
    for (let column = 0; column < size[1]; column++) {
      const w = m[6] * column + m[7] * row + m[8];
      let x = (m[0] * column + m[1] * row + m[2]) / w;
      let y = (m[3] * column + m[4] * row + m[5]) / w;
      if (isNearest) [x, y] = [Math.floor(x + 0.5), Math.floor(y + 0.5)];
      // Far away is as good as outside.
      x = Number.isNaN(x) ? -1e8 : Math.max(-1e8, Math.min(1e8, x));
      y = Number.isNaN(y) ? -1e8 : Math.max(-1e8, Math.min(1e8, y));
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - left, y - top];
      const at = (i: number, j: number): number => {
        const [inRow, inColumn] = [borderIndex(border, j, height), borderIndex(border, i, width)];
        return inRow < 0 || inColumn < 0 ? -1 : inRow * width + inColumn;
      };
      f(row * size[1] + column, [
        [at(left, top), (1 - fx) * (1 - fy)],
        [at(left + 1, top), fx * (1 - fy)],
        [at(left, top + 1), (1 - fx) * fy],
        [at(left + 1, top + 1), fx * fy],
      ]);
    }
  }
}

function warpOf(
  parameters: readonly number[],
  size: readonly [number, number],
): Omit<Warp, "value"> {
  return {
    inverse: parameters.slice(0, 9) as unknown as Matrix3,
    size,
    isNearest: parameters[9] === 1,
    border: borders[parameters[10]!]!,
  };
}
