import { decodeTable, type LabeledData } from "./labeled-data.ts";

/**
 * Resolves to the handwritten digits: 1,797 images of 8x8 pixels, in ten classes.
 *
 * The data is part of the package: about 70 kB, loaded when first asked for.
 *
 * @param options - `shape`: the shape of a sample, `[64]` by default, `[8, 8, 1]` for convolutions
 * @returns `data [1797, ...shape]` float32 with values 0 to 16, `target [1797]` int32
 *
 * @example
 * const { data, target } = await loadDigits({ shape: [8, 8, 1] });
 * data.shape; // => [1797,8,8,1]
 * target.slice([0], [4]).toString(); // => [0, 1, 2, 3]
 */
export async function loadDigits(
  options: { readonly shape?: readonly [64] | readonly [8, 8] | readonly [8, 8, 1] } = {},
): Promise<LabeledData> {
  const { gzipBase64 } = await import("../digits.generated.ts");
  return decodeTable(gzipBase64, {
    featureNames: Array.from({ length: 64 }, (_, i) => `pixel_${Math.trunc(i / 8)}_${i % 8}`),
    targetNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
    description: `Optical recognition of handwritten digits: 1,797 images of 8x8 pixels, from 0 (white) to 16 (black).
E. Alpaydin, C. Kaynak, 1998, UCI Machine Learning Repository (the test part). Licence: CC BY 4.0.`,
    ...(options.shape && { sampleShape: options.shape }),
  });
}
