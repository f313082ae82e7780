import { random, tensor, type Tensor } from "@tensorloom/tensor";

/** A picture, and the boxes of what is on it. */
export interface Sample {
  /** `[height, width, channels]`; uint8, or floats from 0 to 1. */
  readonly image: Tensor;
  /** `[n, 4]`, as [x1, y1, x2, y2] in pixels. */
  readonly boxes?: Tensor | undefined;
  /** `[n]`: the class of each box. */
  readonly labels?: Tensor | undefined;
  /** `[n]`: how much each box counts; mixtures have it. */
  readonly weights?: Tensor | undefined;
}

/**
 * Resolves to a changed sample. The same seed makes the same change, on every backend. The sample given is not disposed,
 * and what did not change is the same tensor.
 */
export type Augmentation = (sample: Sample, seed: number) => Promise<Sample>;

/** Resolves to one sample made of several. */
export type Mixture = (samples: readonly Sample[], seed: number) => Promise<Sample>;

/** A box on the host. */
export type Corners = readonly [x1: number, y1: number, x2: number, y2: number];

/** Resolves to numbers from 0 to below 1 that depend on the seed alone. */
export async function uniforms(count: number, seed: number): Promise<readonly number[]> {
  const drawn = random.uniform([count], { seed });
  const numbers = Array.from(await drawn.data());
  drawn.dispose();
  return numbers;
}

/** Resolves to a sample's boxes. */
export async function cornersOf({ boxes }: Sample): Promise<Corners[]> {
  if (boxes === undefined) return [];
  const data = await boxes.data();
  return Array.from({ length: boxes.shape[0]! }, (_, i) =>
    Array.from(data.subarray(4 * i, 4 * i + 4)),
  ) as unknown as Corners[];
}

/**
 * Returns a sample with another image and boxes. Boxes are cut off at the image's edges; those of which less than a share
 * is left go, and their labels too.
 *
 * @param moved - where the sample's boxes are now
 */
export function withImage(
  sample: Sample,
  image: Tensor,
  moved: readonly Corners[],
  minVisible: number,
): Sample {
  const { boxes, labels, weights } = sample;
  if (boxes === undefined) return { ...sample, image };
  const [height, width] = image.shape as [number, number];
  const kept: number[] = [];
  const cut: number[] = [];
  moved.forEach(([x1, y1, x2, y2], i) => {
    const inside = [
      ...[Math.max(0, Math.min(width, x1)), Math.max(0, Math.min(height, y1))],
      ...[Math.max(0, Math.min(width, x2)), Math.max(0, Math.min(height, y2))],
    ] as const;
    const left = (inside[2]! - inside[0]!) * (inside[3]! - inside[1]!);
    const whole = (x2 - x1) * (y2 - y1);
    if (!(left > 0 && left >= minVisible * whole)) return;
    kept.push(i);
    cut.push(...inside);
  });
  const rows = tensor(Int32Array.from(kept));
  const result = {
    image,
    boxes: tensor(Float32Array.from(cut), { shape: [kept.length, 4] }),
    labels: labels?.gather(rows),
    weights: weights?.gather(rows),
  };
  rows.dispose();
  return result;
}

/** The tensors of a sample. */
export function tensorsOf({ image, boxes, labels, weights }: Sample): readonly Tensor[] {
  return [image, boxes, labels, weights].filter((one) => one !== undefined);
}

/** Disposes what `sample` has and none of `others` does. */
export function disposeBut(sample: Sample, others: readonly Sample[]): void {
  const kept = new Set(others.flatMap(tensorsOf));
  for (const one of tensorsOf(sample)) if (!kept.has(one)) one.dispose();
}
