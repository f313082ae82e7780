import { ArgumentError, concat, full, random, tidy, type Tensor } from "@tensorloom/tensor";
import { crop } from "../geometry/crop-and-flip.ts";
import { padded } from "../geometry/pad.ts";
import { resizeImage } from "../geometry/resize-image.ts";
import { sizeOf, type ImageSize } from "../geometry/size.ts";
import { toBytes } from "../image/images.ts";
import { cornersOf, uniforms, withImage, type Corners, type Mixture, type Sample } from "./sample.ts"; // prettier-ignore

/** What {@link mixup} takes. */
export interface MixupOptions {
  /** The share is drawn from Beta(alpha, alpha); 1 by default: any share is as likely. */
  readonly alpha?: number;
}

/**
 * Returns a mixture of two samples: the mean of their pictures by shares, and all boxes, weighed by these. The second
 * picture takes the first's size.
 *
 * @param options - alpha
 * @returns a function of two samples and a seed; its result's `weights` are the shares
 * @throws `ArgumentError` unless alpha is positive, and there are two samples
 *
 * Source: Zhang and others 2018, "mixup: beyond empirical risk minimization".
 *
 * @example
 * const mixed = await mixup()([{ image: zeros([4, 4, 1]) }, { image: ones([4, 4, 1]) }], 3);
 * mixed.image.shape; // => [4,4,1]
 */
export function mixup({ alpha = 1 }: MixupOptions = {}): Mixture {
  if (!(alpha > 0))
    throw new ArgumentError(`mixup: alpha: expected a positive number, got ${alpha}`);
  return async (samples, seed) => {
    const [first, second] = samples;
    if (samples.length !== 2) {
      throw new ArgumentError(`mixup: samples: expected 2, got ${samples.length}`);
    }
    const share = await drawBeta(alpha, seed);
    const [height, width] = first!.image.shape as [number, number];
    const [fromHeight, fromWidth] = second!.image.shape as [number, number];
    const [scaleX, scaleY] = [width / fromWidth, height / fromHeight];
    const image = tidy(() => {
      const isBytes = first!.image.dtype === "uint8";
      const other = resizeImage(second!.image, [height, width]);
      const [a, b] = [first!.image, other].map((x) => (isBytes ? x.astype("float32") : x)) as [Tensor, Tensor]; // prettier-ignore
      const mixed = a.mul(share).add(b.mul(1 - share));
      return isBytes ? toBytes(mixed) : mixed;
    });
    const moved = (await cornersOf(second!)).map(([x1, y1, x2, y2]): Corners => [x1 * scaleX, y1 * scaleY, x2 * scaleX, y2 * scaleY]); // prettier-ignore
    return tidy(() => {
      const own = weighed(first!, share);
      const others = weighed(withImage(second!, image, moved, 0), 1 - share);
      return joined(image, [own, others]);
    });
  };
}

/** What {@link mosaic} takes. */
export interface MosaicOptions {
  /** The result's size. */
  readonly size: ImageSize;
  /** What lies where no picture is; 114 for bytes by default, 114 / 255 for floats. */
  readonly fill?: number;
  /** Boxes of which a smaller share is left go; 0.25 by default. */
  readonly minVisible?: number;
}

/**
 * Returns a mixture of four samples: a picture in each corner, around a point near the middle.
 *
 * @param options - size, fill, share of boxes that stay
 * @returns a function of four samples and a seed
 * @throws `ArgumentError` for a size that is not positive, and unless there are four samples
 *
 * Each picture is scaled to between a half and the whole of the result's size, and touches the point with its inner corner.
 * Source: Bochkovskiy and others 2020, "YOLOv4".
 *
 * @example
 * const samples = [1, 2, 3, 4].map((value) => ({ image: full([8, 8, 1], value) }));
 * (await mosaic({ size: 16 })(samples, 1)).image.shape; // => [16,16,1]
 */
export function mosaic({ size, fill, minVisible = 0.25 }: MosaicOptions): Mixture {
  const [height, width] = sizeOf("mosaic", size);
  return async (samples, seed) => {
    if (samples.length !== 4) {
      throw new ArgumentError(`mosaic: samples: expected 4, got ${samples.length}`);
    }
    const draws = await uniforms(6, seed);
    const between = (i: number, n: number): number => Math.round((0.3 + 0.4 * draws[i]!) * n);
    const [middleY, middleX] = [between(0, height), between(1, width)];
    const corners = await Promise.all(samples.map(cornersOf));
    return tidy(() => {
      const parts = samples.map((sample, i) => {
        const [isLower, isRight] = [i >= 2, i % 2 === 1];
        const room = [isLower ? height - middleY : middleY, isRight ? width - middleX : middleX] as const; // prettier-ignore
        const origin = [isLower ? middleY : 0, isRight ? middleX : 0] as const;
        const scale = 0.5 + 0.5 * draws[2 + i]!;
        return quarterOf(sample, corners[i]!, { room, origin, scale, isLower, isRight, size: [height, width], fill, minVisible }); // prettier-ignore
      });
      const [a, b, c, d] = parts.map(({ image }) => image) as [Tensor, Tensor, Tensor, Tensor];
      const image = concat([concat([a, b], 1), concat([c, d], 1)], 0);
      return joined(image, parts);
    });
  };
}

interface Quarter {
  readonly room: readonly [height: number, width: number];
  readonly origin: readonly [y: number, x: number];
  readonly scale: number;
  readonly isLower: boolean;
  readonly isRight: boolean;
  readonly size: readonly [number, number];
  readonly fill: number | undefined;
  readonly minVisible: number;
}

/** A sample as it fills its quarter, its boxes where they lie in the whole. */
function quarterOf(sample: Sample, boxes: readonly Corners[], quarter: Quarter): Sample {
  const { room, origin, scale, isLower, isRight, size, minVisible } = quarter;
  const fill = quarter.fill ?? (sample.image.dtype === "uint8" ? 114 : 114 / 255);
  const [fromHeight, fromWidth] = sample.image.shape as [number, number];
  const factor = scale * Math.min(size[0] / fromHeight, size[1] / fromWidth);
  const to = [fromHeight, fromWidth].map((n) => Math.max(1, Math.round(n * factor))) as [number, number]; // prettier-ignore
  const shown = [Math.min(to[0], room[0]), Math.min(to[1], room[1])] as const;
  // What touches the point in the middle is shown.
  const top = isLower ? 0 : to[0] - shown[0];
  const left = isRight ? 0 : to[1] - shown[1];
  const part = crop(resizeImage(sample.image, to), {
    top,
    left,
    height: shown[0],
    width: shown[1],
  });
  const [down, across] = [room[0] - shown[0], room[1] - shown[1]];
  const image = padded(
    part.expandDims(0),
    isLower ? [0, down] : [down, 0],
    isRight ? [0, across] : [across, 0],
    { border: "constant", value: fill },
  ).squeeze(0);
  const dx = (isRight ? 0 : across) - left;
  const dy = (isLower ? 0 : down) - top;
  const [scaleX, scaleY] = [to[1] / fromWidth, to[0] / fromHeight];
  const moved = boxes.map(([x1, y1, x2, y2]): Corners => [x1 * scaleX + dx, y1 * scaleY + dy, x2 * scaleX + dx, y2 * scaleY + dy]); // prettier-ignore
  const inQuarter = withImage(sample, image, moved, minVisible);
  if (inQuarter.boxes === undefined) return inQuarter;
  const [y, x] = origin;
  return { ...inQuarter, boxes: inQuarter.boxes.add([x, y, x, y]) };
}

function weighed(sample: Sample, share: number): Sample {
  if (sample.boxes === undefined) return sample;
  const before = sample.weights ?? full([sample.boxes.shape[0]!], 1);
  return { ...sample, weights: before.mul(share) };
}

/** All boxes on one image. */
function joined(image: Tensor, samples: readonly Sample[]): Sample {
  const join = (name: "boxes" | "labels" | "weights"): Tensor | undefined => {
    const parts = samples.map((sample) => sample[name]).filter((one) => one !== undefined);
    return parts.length === 0 ? undefined : concat(parts, 0);
  };
  return { image, boxes: join("boxes"), labels: join("labels"), weights: join("weights") };
}

/** Draws from Beta(alpha, alpha), as a ratio of gamma variables: Marsaglia and Tsang 2000. */
async function drawBeta(alpha: number, seed: number): Promise<number> {
  const tries = 32;
  const uniform = await uniforms(2 * tries + 2, seed);
  const drawn = random.normal([2 * tries], { seed: (seed ^ 0x5bd1e995) >>> 0 });
  const normal = await drawn.data();
  drawn.dispose();
  const d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3;
  const gamma = (first: number): number => {
    // Nineteen of twenty tries succeed.
    for (let i = first; i < first + tries; i++) {
      const v = (1 + normal[i]! / Math.sqrt(9 * d)) ** 3;
      if (v <= 0) continue;
      if (Math.log(1 - uniform[i]!) >= normal[i]! ** 2 / 2 + d * (1 - v + Math.log(v))) continue;
      return alpha < 1 ? d * v * (1 - uniform[2 * tries + first / tries]!) ** (1 / alpha) : d * v;
    }
    return d;
  };
  const [a, b] = [gamma(0), gamma(tries)];
  return a + b === 0 ? 0.5 : a / (a + b);
}
