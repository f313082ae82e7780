import type { RotateWithOffsetAttrs } from "@tensorflow/tfjs-core";
import { customKernel, shaderGrid } from "@tensorloom/tensor";
import { kernel, type KernelTable } from "./kernel.ts";

type Quad = readonly [batch: number, height: number, width: number, channels: number];

/** Images turned about a point, pixel by pixel without blending. */
export const rotation: KernelTable = {
  RotateWithOffset: kernel<"image", RotateWithOffsetAttrs>(
    ({ image }, { radians, fillValue, center }, { tf }) => {
      const { shape, dtype } = image;
      if (image.size === 0) return undefined;
      const [x, y] = tf.backend_util.getImageCenter(center, shape[1]!, shape[2]!);
      // Of a colour the fourth channel is opacity.
      const fill = typeof fillValue === "number" ? [0, 1, 2, 3].map(() => fillValue) : [...fillValue, 255]; // prettier-ignore
      const turn = [Math.cos(radians), Math.sin(radians), x, y];
      return rotate([image], [{ shape, dtype }], [...turn, ...fill])[0];
    },
  ),
};

/** Parameters: cosine, sine, the point's x and y, and what lies beyond the image in each of four channels. */
const rotate = customKernel({
  name: "RotateWithOffset",
  host([image], [out], parameters) {
    const [cos, sin, centerX, centerY] = parameters as unknown as Quad;
    const fill = parameters.slice(4);
    const [batch, height, width, channels] = image!.shape as Quad;
    const from = image!.data;
    const to = out!.data;
    let at = 0;
    for (let i = 0; i < batch; i++) {
      for (let y = 0; y < height; y++) {
        const dy = y - centerY;
        for (let x = 0; x < width; x++) {
          const dx = x - centerX;
          const column = Math.round(dx * cos - dy * sin + centerX);
          const row = Math.round(dx * sin + dy * cos + centerY);
          const isInside = column >= 0 && column < width && row >= 0 && row < height;
          const start = ((i * height + row) * width + column) * channels;
          for (let c = 0; c < channels; c++) {
            to[at++] = isInside ? from[start + c]! : fill[Math.min(c, 3)]!;
          }
        }
      }
    }
  },
  wgsl([image]) {
    const [batch, height, width, channels] = image!.shape as Quad;
    const { workgroups, begin } = shaderGrid(batch * height * width * channels);
    return {
      workgroups,
      source: `
@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> p: array<vec4f, 2>;
${begin}
  let c = i % ${channels}u;
  let x = f32((i / ${channels}u) % ${width}u) - p[0][2];
  let y = f32((i / ${channels * width}u) % ${height}u) - p[0][3];
  let column = floor(x * p[0][0] - y * p[0][1] + p[0][2] + 0.5);
  let row = floor(x * p[0][1] + y * p[0][0] + p[0][3] + 0.5);
  if (!(column >= 0.0 && column < ${width}.0 && row >= 0.0 && row < ${height}.0)) {
    result[i] = p[1][min(c, 3u)];
    return;
  }
  let start = i / ${channels * width * height}u * ${height * width}u;
  result[i] = image[(start + u32(row) * ${width}u + u32(column)) * ${channels}u + c];
}`,
    };
  },
});
