import {
  ArgumentError,
  customGrad,
  customKernel,
  shaderGrid,
  stopGradient,
  tidy,
  type Tensor,
  type TypedArray,
} from "@tensorloom/tensor";
import { roiOperands, type RoiOptions } from "./roi-operands.ts";

/** What {@link roiAlign} takes. */
export interface RoiAlignOptions extends RoiOptions {
  /** Samples along each side of a bin; 0, the default, for as many as the bin has cells, rounded up. */
  readonly samplingRatio?: number;
  /** Whether pixel centres lie at one half, as they should; false by default, as in torchvision. */
  readonly aligned?: boolean;
}

/**
 * Returns the features of regions, each as a grid of the same size: the mean of bilinear samples in each bin.
 *
 * @param x - `[pictures, height, width, channels]`
 * @param boxes - `[regions, 5]`, as [picture, x1, y1, x2, y2]; `[regions, 4]` for a single picture
 * @param options - bins, scale, samples, alignment
 * @returns `[regions, bins down, bins across, channels]`; float32 unless `x` is float64
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for options out of range, and for a picture that there is not
 * (on host backends; a device gives zeros)
 *
 * Gradient: to `x`, of any order. Samples form a grid, so that a bin is a product of weights of rows and of columns: cost, for
 * each bin, the cells that it touches times the channels. Source: He et al. 2017, arXiv:1703.06870; torchvision's roi_align.
 *
 * @example
 * const x = tensor([[[[0], [1]], [[2], [3]]]]);
 * roiAlign(x, tensor([[0, 0, 2, 2]]), { outputSize: 1, aligned: true }).item(); // => 1.5
 */
export function roiAlign(x: Tensor, boxes: Tensor, options: RoiAlignOptions): Tensor {
  const { samplingRatio = 0, aligned = false } = options;
  if (!Number.isInteger(samplingRatio) || samplingRatio < 0) {
    throw new ArgumentError(
      `roiAlign: samplingRatio: expected a whole number of 0 or more, got ${samplingRatio}`,
    );
  }
  return tidy(() => {
    const { features, regions, outputSize, spatialScale } = roiOperands("roiAlign", x, boxes, options); // prettier-ignore
    const fixed = stopGradient(regions);
    const [, height, width] = features.shape as readonly [number, number, number, number];
    const weightsOf = (axis: 0 | 1): Tensor =>
      axisWeights(
        [fixed],
        [
          {
            shape: [regions.shape[0]!, outputSize[axis], [height, width][axis]!],
            dtype: "float32",
          },
        ],
        [axis, spatialScale, aligned ? 0.5 : 0, samplingRatio],
      )[0]!;
    return combined(features.shape)(features, weightsOf(0), weightsOf(1), fixed);
  });
}

/** The sums over cells, and as their gradient the spreading onto cells; each is the other's adjoint. */
function combined(features: readonly number[]): (...xs: Tensor[]) => Tensor {
  return customGrad(
    (x, rows, columns, regions) => {
      const shape = [rows!.shape[0]!, rows!.shape[1]!, columns!.shape[1]!, features[3]!];
      return combine([x!, rows!, columns!, regions!], [{ shape, dtype: x!.dtype }])[0]!;
    },
    (gradient, [, ...weights]) => spread(features)(gradient, ...weights),
  );
}

function spread(features: readonly number[]): (...xs: Tensor[]) => Tensor {
  return customGrad(
    (gradient, ...weights) =>
      scatter([gradient!, ...weights], [{ shape: features, dtype: gradient!.dtype }])[0]!,
    (cotangent, [, ...weights]) => combined(features)(cotangent, ...weights),
  );
}

/** How much each cell along one axis counts in each bin, `[regions, bins, cells]`, from regions `[regions, 5]`. */
const axisWeights = customKernel({
  name: "roiAlign.axisWeights",
  host([regions], [weights], [axis = 0, scale = 1, offset = 0, samplingRatio = 0]) {
    const [count, bins, cells] = weights!.shape as readonly [number, number, number];
    weights!.data.fill(0);
    for (let region = 0; region < count; region++) {
      // [picture, x1, y1, x2, y2], and axis 0 is y.
      const first = region * 5 + (axis === 0 ? 2 : 1);
      const start = regions!.data[first]! * scale - offset;
      const extent = regions!.data[first + 2]! * scale - offset - start;
      const binSize = (offset === 0 ? Math.max(1, extent) : extent) / bins;
      const samples = samplingRatio > 0 ? samplingRatio : Math.ceil(binSize);
      const step = binSize / samples;
      if (!(samples > 0 && Number.isFinite(start + step))) continue;
      for (let bin = 0; bin < bins; bin++) {
        const row = (region * bins + bin) * cells;
        const begin = start + bin * binSize + step / 2;
        // Of the samples of a vast region only those near the map are visited.
        const from = step > 0 ? Math.max(0, Math.floor((-1 - begin) / step)) : 0;
        const to =
          step > 0 ? Math.min(samples - 1, Math.ceil((cells - begin) / step)) : samples - 1;
        for (let sample = from; sample <= to; sample++) {
          const at = begin + sample * step;
          if (at < -1 || at > cells) continue;
          const low = Math.min(Math.trunc(Math.max(0, at)), cells - 1);
          const high = Math.min(low + 1, cells - 1);
          const share = high === low ? 0 : Math.max(0, at) - low;
          weights!.data[row + low]! += (1 - share) / samples;
          weights!.data[row + high]! += share / samples;
        }
      }
    }
  },
  // One invocation a bin: it fills its row of cells.
  wgsl(_, [weights]) {
    const [count, bins, cells] = weights!.shape as readonly [number, number, number];
    const { begin, workgroups } = shaderGrid(count * bins);
    const source = `
@group(0) @binding(0) var<storage, read> regions: array<f32>;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<uniform> p: array<vec4f, 1>;
${begin}
  let region = i / ${bins}u;
  let bin = f32(i % ${bins}u);
  let row = i * ${cells}u;
  for (var cell = 0u; cell < ${cells}u; cell++) { weights[row + cell] = 0.0; }
  let first = region * 5u + select(1u, 2u, p[0][0] == 0.0);
  let offset = p[0][2];
  let start = regions[first] * p[0][1] - offset;
  let extent = regions[first + 2u] * p[0][1] - offset - start;
  let binSize = select(extent, max(1.0, extent), offset == 0.0) / ${bins}.0;
  let samples = select(ceil(binSize), p[0][3], p[0][3] > 0.0);
  let step = binSize / samples;
  if (!(samples > 0.0 && abs(step) < 1e30 && abs(start) < 1e30)) { return; }
  let begin = start + bin * binSize + step / 2.0;
  var sample = 0.0;
  var last = samples - 1.0;
  if (step > 0.0) {
    sample = max(0.0, floor((-1.0 - begin) / step));
    last = min(last, ceil((${cells}.0 - begin) / step));
  }
  // Counted in whole numbers: far out, one more is the same float.
  let visits = u32(clamp(last - sample + 1.0, 0.0, 1e6));
  for (var k = 0u; k < visits; k++) {
    let at = begin + (sample + f32(k)) * step;
    if (at < -1.0 || at > ${cells}.0) { continue; }
    let low = min(u32(max(0.0, at)), ${cells - 1}u);
    let high = min(low + 1u, ${cells - 1}u);
    let share = select(max(0.0, at) - f32(low), 0.0, high == low);
    weights[row + low] += (1.0 - share) / samples;
    weights[row + high] += share / samples;
  }
}`;
    return { source, workgroups };
  },
});

/** Calls `visit` with each cell of the map that counts in each bin, and how much. */
function visitCells(
  [, height, width]: readonly number[],
  [rows, columns, regions]: readonly { data: ArrayLike<number>; shape: readonly number[] }[],
  pictures: number,
  visit: (bin: number, cell: number, weight: number) => void,
): void {
  const [count, down] = rows!.shape as readonly [number, number];
  const across = columns!.shape[1]!;
  for (let region = 0; region < count; region++) {
    const picture = regions!.data[region * 5]!;
    if (!(Number.isInteger(picture) && picture >= 0 && picture < pictures)) {
      throw new ArgumentError(
        `roiAlign: boxes: expected pictures in [0, ${pictures}), got ${picture} in row ${region}`,
      );
    }
    for (let j = 0; j < down; j++) {
      for (let y = 0; y < height!; y++) {
        const rowWeight = rows!.data[(region * down + j) * height! + y]!;
        if (rowWeight === 0) continue;
        for (let k = 0; k < across; k++) {
          const bin = (region * down + j) * across + k;
          const line = (region * across + k) * width!;
          for (let x = 0; x < width!; x++) {
            const weight = rowWeight * columns!.data[line + x]!;
            if (weight !== 0) visit(bin, (picture * height! + y) * width! + x, weight);
          }
        }
      }
    }
  }
}

/** Adds `weight` times `count` numbers of one array to those of another. */
function addScaled(
  to: TypedArray,
  toBegin: number,
  weight: number,
  from: TypedArray,
  fromBegin: number,
  count: number,
): void {
  for (let c = 0; c < count; c++) to[toBegin + c]! += weight * from[fromBegin + c]!;
}

const declarations = `@group(0) @binding(0) var<storage, read> given: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> columns: array<f32>;
@group(0) @binding(3) var<storage, read> regions: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;`;

const combine = customKernel({
  name: "roiAlign",
  host([x, ...weights], [output]) {
    const channels = x!.shape[3]!;
    const [from, to] = [x!.data, output!.data];
    to.fill(0);
    visitCells(x!.shape, weights, x!.shape[0]!, (bin, cell, weight) => {
      addScaled(to, bin * channels, weight, from, cell * channels, channels);
    });
  },
  // One invocation an output element.
  wgsl([x, rows, columns]) {
    const [pictures, height, width, channels] = x!.shape as readonly [number, number, number, number]; // prettier-ignore
    const [count, down] = rows!.shape as readonly [number, number];
    const across = columns!.shape[1]!;
    const { begin, workgroups } = shaderGrid(count * down * across * channels);
    const source = `
${declarations}
${begin}
  let channel = i % ${channels}u;
  let k = i / ${channels}u % ${across}u;
  let line = i / ${channels * across}u;
  let region = line / ${down}u;
  let picture = regions[region * 5u];
  var total = 0.0;
  if (picture >= 0.0 && picture < ${pictures}.0) {
    for (var y = 0u; y < ${height}u; y++) {
      let down = rows[line * ${height}u + y];
      if (down == 0.0) { continue; }
      for (var x = 0u; x < ${width}u; x++) {
        let weight = down * columns[(region * ${across}u + k) * ${width}u + x];
        if (weight == 0.0) { continue; }
        total += weight * given[((u32(picture) * ${height}u + y) * ${width}u + x) * ${channels}u + channel];
      }
    }
  }
  result[i] = total;
}`;
    return { source, workgroups };
  },
});

const scatter = customKernel({
  name: "roiAlign.gradient",
  host([gradient, ...weights], [output]) {
    const channels = output!.shape[3]!;
    const [from, to] = [gradient!.data, output!.data];
    to.fill(0);
    visitCells(output!.shape, weights, output!.shape[0]!, (bin, cell, weight) => {
      addScaled(to, cell * channels, weight, from, bin * channels, channels);
    });
  },
  // One invocation an element of the map: it looks at every region, so that nothing is added concurrently.
  wgsl([, rows, columns], [output]) {
    const [, height, width, channels] = output!.shape as readonly [number, number, number, number];
    const [count, down] = rows!.shape as readonly [number, number];
    const across = columns!.shape[1]!;
    const { begin, workgroups } = shaderGrid(output!.shape.reduce((product, n) => product * n, 1));
    const source = `
${declarations}
${begin}
  let channel = i % ${channels}u;
  let x = i / ${channels}u % ${width}u;
  let y = i / ${channels * width}u % ${height}u;
  let picture = f32(i / ${channels * width * height}u);
  var total = 0.0;
  for (var region = 0u; region < ${count}u; region++) {
    if (regions[region * 5u] != picture) { continue; }
    for (var j = 0u; j < ${down}u; j++) {
      let down = rows[(region * ${down}u + j) * ${height}u + y];
      if (down == 0.0) { continue; }
      for (var k = 0u; k < ${across}u; k++) {
        let weight = down * columns[(region * ${across}u + k) * ${width}u + x];
        if (weight != 0.0) {
          total += weight * given[((region * ${down}u + j) * ${across}u + k) * ${channels}u + channel];
        }
      }
    }
  }
  result[i] = total;
}`;
    return { source, workgroups };
  },
});
