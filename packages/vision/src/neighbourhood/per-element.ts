import { shaderGrid, type Shader, type ShaderArray } from "@tensorloom/tensor";

/**
 * Returns a shader with a thread for each element of the result, on padded images: in its body `at` is the element, `base`
 * the place in `x` where its window begins, `step` the elements of a padded row.
 *
 * @param inputs - the first is `x`, `[batch, height + margin, width + margin, channels]`
 * @param out - `[batch, height, width, channels]`
 * @param code - declarations of the other bindings, whose result comes last, and the function's body
 */
export function perElement(
  inputs: readonly ShaderArray[],
  out: ShaderArray,
  code: {
    readonly bindings?: string;
    readonly functions?: string;
    readonly body: string;
    /** How many parameters there are: the body reads parameter `i` as `p[i / 4][i % 4]`. */
    readonly parameters?: number;
  },
): Shader {
  const [, paddedHeight, paddedWidth, channels] = inputs[0]!.shape as number[] as [
    number,
    number,
    number,
    number,
  ];
  const [batch, height, width] = out.shape as number[] as [number, number, number];
  const elements = width * channels;
  const { workgroups, begin } = shaderGrid(batch * height * elements);
  const { parameters = 0 } = code;
  const others = code.bindings?.match(/@binding/g)?.length ?? 0;
  return {
    source: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
${code.bindings ?? ""}
@group(0) @binding(${others + 1}) var<storage, read_write> result: array<f32>;
${parameters === 0 ? "" : `@group(0) @binding(${others + 2}) var<uniform> p: array<vec4f, ${Math.ceil(parameters / 4)}>;`}
${code.functions ?? ""}
${begin}
  let at = i;
  let row = at / ${elements}u;
  let step = ${paddedWidth * channels}u;
  let base = ((row / ${height}u) * ${paddedHeight}u + row % ${height}u) * step + at % ${elements}u;
  ${code.body}
}`,
    workgroups,
  };
}
