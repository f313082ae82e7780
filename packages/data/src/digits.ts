import { tensor, type Tensor } from "@tensorloom/tensor";

/** A data set of samples and class numbers. */
export interface LabeledData {
  /** The samples. */
  readonly data: Tensor;
  /** One class number a sample, int32. */
  readonly target: Tensor;
  /** The names of the features, in order. */
  readonly featureNames: readonly string[];
  /** The names of the classes, by number. */
  readonly targetNames: readonly string[];
  /** What it is, where it comes from, and its licence. */
  readonly description: string;
}

const pixels = 64;
const description = `Optical recognition of handwritten digits: 1,797 images of 8x8 pixels, from 0 (white) to 16 (black).
E. Alpaydin, C. Kaynak, 1998, UCI Machine Learning Repository (the test part). Licence: CC BY 4.0.`;

/**
 * Resolves to the handwritten digits: 1,797 images of 8x8 pixels, in ten classes.
 *
 * The data is part of the package: about 58 kB, loaded when first asked for.
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
  const { digitsGzipBase64 } = await import("./digits-bytes.generated.ts");
  const bytes = await gunzip(Uint8Array.from(atob(digitsGzipBase64), (c) => c.charCodeAt(0)));
  const rows = bytes.length / (pixels + 1);
  const images = new Float32Array(rows * pixels);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * (pixels + 1);
    images.set(bytes.subarray(start, start + pixels), row * pixels);
    labels[row] = bytes[start + pixels]!;
  }
  return {
    data: tensor(images, { shape: [rows, ...(options.shape ?? [pixels])] }),
    target: tensor(labels),
    featureNames: Array.from({ length: pixels }, (_, i) => `pixel_${Math.trunc(i / 8)}_${i % 8}`),
    targetNames: Array.from({ length: 10 }, (_, digit) => String(digit)),
    description,
  };
}

async function gunzip(compressed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
