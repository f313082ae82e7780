import {
  ArgumentError,
  concat,
  customKernel,
  gather,
  shaderGrid,
  tidy,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { roiOperands, type RoiOptions } from "./roi-operands.ts";

/**
 * Returns the features of regions, each as a grid of the same size: the largest of each bin, whose borders are rounded to
 * whole cells. A bin outside of the map gives 0.
 *
 * @param x - `[pictures, height, width, channels]`
 * @param boxes - `[regions, 5]`, as [picture, x1, y1, x2, y2]; `[regions, 4]` for a single picture
 * @param options - bins, scale
 * @returns `[regions, bins down, bins across, channels]`; float32 unless `x` is float64
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for options out of range, and for a picture that there is not
 * (on host backends; a device gives zeros)
 *
 * Gradient: to the largest of each bin in `x`. Source: Girshick 2015, arXiv:1504.08083; torchvision's roi_pool.
 *
 * @example
 * const x = tensor([[[[0], [1]], [[2], [3]]]]);
 * roiPool(x, tensor([[0, 0, 1, 1]]), { outputSize: [2, 1] }).toString(); // => [[[[1]], [[3]]]]
 */
export function roiPool(x: Tensor, boxes: Tensor, options: RoiOptions): Tensor {
  return tidy(() => {
    const { features, regions, outputSize, spatialScale } = roiOperands("roiPool", x, boxes, options); // prettier-ignore
    const shape = [regions.shape[0]!, ...outputSize, features.shape[3]!];
    const [places] = largestPlaces(
      [features, regions],
      [{ shape, dtype: "int32" }],
      [spatialScale],
    );
    // The kernel says where; to take from there is an operation that has its gradient.
    return gather(concat([features.reshape([-1]), zeros([1])]), places!);
  });
}

/** Where in the features the largest of each bin lies; one past their end for a bin without cells. */
const largestPlaces = customKernel({
  name: "roiPool",
  host([x, regions], [places], [scale = 1]) {
    const [pictures, height, width, channels] = x!.shape as readonly [number, number, number, number]; // prettier-ignore
    const [count, down, across] = places!.shape as readonly [number, number, number];
    const { data } = x!;
    let at = 0;
    for (let region = 0; region < count; region++) {
      const [picture, ...box] = regions!.data.subarray(5 * region, 5 * region + 5);
      if (!(Number.isInteger(picture) && picture! >= 0 && picture! < pictures)) {
        throw new ArgumentError(
          `roiPool: boxes: expected pictures in [0, ${pictures}), got ${picture} in row ${region}`,
        );
      }
      const [x1, y1, x2, y2] = box.map((side) => roundAwayFromZero(side * scale)) as [
        ...[number, number, number, number],
      ];
      for (let j = 0; j < down; j++) {
        const [top, bottom] = binOf(y1, y2, j, down, height);
        for (let k = 0; k < across; k++) {
          const [left, right] = binOf(x1, x2, k, across, width);
          for (let channel = 0; channel < channels; channel++) {
            let best = data.length;
            let most = -Infinity;
            for (let y = top; y < bottom; y++) {
              for (let column = left; column < right; column++) {
                const place = ((picture! * height + y) * width + column) * channels + channel;
                const value = data[place]!;
                if (value > most || Number.isNaN(value) || best === data.length) {
                  [best, most] = [place, value];
                }
              }
            }
            places!.data[at++] = best;
          }
        }
      }
    }
  },
  // One invocation an output element.
  wgsl([x], [places]) {
    const [pictures, height, width, channels] = x!.shape as readonly [number, number, number, number]; // prettier-ignore
    const [count, down, across] = places!.shape as readonly [number, number, number];
    const { begin, workgroups } = shaderGrid(count * down * across * channels);
    const end = pictures * height * width * channels;
    const source = `
@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read> regions: array<f32>;
@group(0) @binding(2) var<storage, read_write> places: array<i32>;
@group(0) @binding(3) var<uniform> p: array<vec4f, 1>;
fn awayFromZero(x: f32) -> f32 { return sign(x) * floor(abs(x) + 0.5); }
fn binOf(low: f32, high: f32, bin: f32, bins: f32, cells: f32) -> vec2u {
  let size = max(high - low + 1.0, 1.0) / bins;
  let edges = vec2f(floor(bin * size), ceil((bin + 1.0) * size)) + low;
  return vec2u(clamp(edges, vec2f(0.0), vec2f(cells)));
}
${begin}
  let channel = i % ${channels}u;
  let k = f32(i / ${channels}u % ${across}u);
  let j = f32(i / ${channels * across}u % ${down}u);
  let region = i / ${channels * across * down}u * 5u;
  let picture = regions[region];
  let y = binOf(awayFromZero(regions[region + 2u] * p[0][0]), awayFromZero(regions[region + 4u] * p[0][0]), j, ${down}.0, ${height}.0);
  let x = binOf(awayFromZero(regions[region + 1u] * p[0][0]), awayFromZero(regions[region + 3u] * p[0][0]), k, ${across}.0, ${width}.0);
  var best = ${end}u;
  if (picture >= 0.0 && picture < ${pictures}.0) {
    for (var row = y[0]; row < y[1]; row++) {
      for (var column = x[0]; column < x[1]; column++) {
        let place = ((u32(picture) * ${height}u + row) * ${width}u + column) * ${channels}u + channel;
        if (best == ${end}u || given[place] > given[best]) { best = place; }
      }
    }
  }
  places[i] = i32(best);
}`;
    return { source, workgroups };
  },
});

/** The cells of a bin, the second excluded, cut at the map. */
function binOf(
  low: number,
  high: number,
  bin: number,
  bins: number,
  cells: number,
): [from: number, to: number] {
  const size = Math.max(high - low + 1, 1) / bins;
  const cut = (edge: number): number => Math.min(Math.max(edge + low, 0), cells);
  return [cut(Math.floor(bin * size)), cut(Math.ceil((bin + 1) * size))];
}

function roundAwayFromZero(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
