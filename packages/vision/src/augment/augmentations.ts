import { ArgumentError, tensor, where, type Tensor } from "@tensorloom/tensor";
import { hsvToRgb, rgbToGray, rgbToHsv } from "../color/spaces.ts";
import { crop, flip } from "../geometry/crop-and-flip.ts";
import { padded } from "../geometry/pad.ts";
import { sizeOf, type ImageSize } from "../geometry/size.ts";
import { rotationMatrix, warpAffine } from "../geometry/warp.ts";
import { besides, floatOf, toBytes } from "../image/images.ts";
import { cornersOf, disposeBut, uniforms, withImage, type Augmentation, type Corners, type Sample } from "./sample.ts"; // prettier-ignore

/**
 * Returns augmentations one after another, each with a seed of its own.
 *
 * @param augmentations - in order
 *
 * @example
 * const augment = composeAugmentations(randomFlip(), colorJitter({ brightness: 0.2 }));
 * (await augment({ image: ones([4, 6, 3]) }, 7)).image.shape; // => [4,6,3]
 */
export function composeAugmentations(...augmentations: readonly Augmentation[]): Augmentation {
  return async (sample, seed) => {
    let current = sample;
    for (const [i, augmentation] of augmentations.entries()) {
      // Odd multiples of the golden ratio's bits keep the seeds of neighbours apart.
      const next = await augmentation(current, (seed + Math.imul(i + 1, 0x9e3779b9)) >>> 0);
      if (current !== next) disposeBut(current, [sample, next]);
      current = next;
    }
    return current;
  };
}

/** What {@link randomFlip} takes. */
export interface RandomFlipOptions {
  /** How often left and right change sides; 0.5 by default. */
  readonly horizontal?: number;
  /** How often it is turned upside down; 0 by default. */
  readonly vertical?: number;
}

/**
 * Returns an augmentation that mirrors pictures and their boxes.
 *
 * @param options - how often which way
 *
 * @example
 * const sample = { image: ones([4, 6, 3]), boxes: tensor([[0, 0, 2, 1]]) };
 * (await randomFlip({ horizontal: 1 })(sample, 1)).boxes?.toString(); // => [[4, 0, 6, 1]]
 */
export function randomFlip({
  horizontal = 0.5,
  vertical = 0,
}: RandomFlipOptions = {}): Augmentation {
  return async (sample, seed) => {
    const [a, b] = await uniforms(2, seed);
    const [isTurned, isUpsideDown] = [a! < horizontal, b! < vertical];
    if (!isTurned && !isUpsideDown) return sample;
    const [height, width] = sample.image.shape as [number, number];
    const direction = isTurned && isUpsideDown ? "both" : isTurned ? "horizontal" : "vertical";
    const moved = (await cornersOf(sample)).map(([x1, y1, x2, y2]): Corners => {
      const [left, right] = isTurned ? [width - x2, width - x1] : [x1, x2];
      const [top, bottom] = isUpsideDown ? [height - y2, height - y1] : [y1, y2];
      return [left, top, right, bottom];
    });
    return withImage(sample, flip(sample.image, direction), moved, 0);
  };
}

/** What {@link randomCrop} takes. */
export interface RandomCropOptions {
  /** The result's size; smaller pictures get a border first. */
  readonly size: ImageSize;
  /** Boxes of which a smaller share is left go; 0.25 by default. */
  readonly minVisible?: number;
  /** The border's value; 0 by default. */
  readonly fill?: number;
}

/**
 * Returns an augmentation that cuts a rectangle out of pictures, anywhere.
 *
 * @param options - size, share of boxes that stay, border
 * @throws `ArgumentError` for a size that is not positive
 *
 * @example
 * (await randomCrop({ size: [2, 3] })({ image: ones([4, 6, 3]) }, 1)).image.shape; // => [2,3,3]
 */
export function randomCrop({ size, minVisible = 0.25, fill = 0 }: RandomCropOptions): Augmentation {
  const [toHeight, toWidth] = sizeOf("randomCrop", size);
  return async (sample, seed) => {
    const [a, b] = await uniforms(2, seed);
    const [height, width] = sample.image.shape as [number, number];
    const [down, across] = [Math.max(0, toHeight - height), Math.max(0, toWidth - width)];
    const top = Math.floor(a! * (height + down - toHeight + 1));
    const left = Math.floor(b! * (width + across - toWidth + 1));
    const [above, before] = [down >> 1, across >> 1];
    const image = besides(sample.image, () => {
      const border = { border: "constant", value: fill } as const;
      const whole =
        down + across === 0
          ? sample.image
          : padded(
              sample.image.expandDims(0),
              [above, down - above],
              [before, across - before],
              border,
            ).squeeze(0);
      return crop(whole, { top, left, height: toHeight, width: toWidth });
    });
    const [dx, dy] = [before - left, above - top];
    const moved = (await cornersOf(sample)).map(([x1, y1, x2, y2]): Corners => [x1 + dx, y1 + dy, x2 + dx, y2 + dy]); // prettier-ignore
    return withImage(sample, image, moved, minVisible);
  };
}

/** What {@link randomAffine} takes. */
export interface RandomAffineOptions {
  /** Turns by up to so many degrees either way; 0 by default. */
  readonly degrees?: number;
  /** Moves by up to such a share of the sides; 0 by default. */
  readonly translate?: number;
  /** Scales by factors between; 1 by default. */
  readonly scale?: readonly [low: number, high: number];
  /** Slants by up to so many degrees either way; 0 by default. */
  readonly shear?: number;
  /** What lies outside; 0 by default. */
  readonly fill?: number;
  /** Boxes of which a smaller share is left go; 0.25 by default. */
  readonly minVisible?: number;
}

/**
 * Returns an augmentation that turns, moves, scales and slants pictures around their middle. A box becomes the box around
 * its corners.
 *
 * @param options - how much of each
 *
 * @example
 * (await randomAffine({ degrees: 10 })({ image: ones([4, 6, 3]) }, 1)).image.shape; // => [4,6,3]
 */
export function randomAffine(options: RandomAffineOptions = {}): Augmentation {
  const { degrees = 0, translate = 0, scale = [1, 1], shear = 0, fill = 0, minVisible = 0.25 } = options; // prettier-ignore
  return async (sample, seed) => {
    const draws = await uniforms(5, seed);
    const either = (i: number, most: number): number => (2 * draws[i]! - 1) * most;
    const [height, width] = sample.image.shape as [number, number];
    const { matrix } = rotationMatrix(height, width, either(0, degrees), false);
    const factor = scale[0] + draws[1]! * (scale[1] - scale[0]);
    const slant = Math.tan((either(2, shear) * Math.PI) / 180);
    const [a, b, , d, e] = matrix;
    // Slanted and scaled first, then turned; the middle goes to the middle, and from there.
    const linear = [factor * a, factor * (a * slant + b), factor * d, factor * (d * slant + e)] as const; // prettier-ignore
    const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
    const shiftX = middleX - linear[0] * middleX - linear[1] * middleY + either(3, translate) * width; // prettier-ignore
    const shiftY = middleY - linear[2] * middleX - linear[3] * middleY + either(4, translate) * height; // prettier-ignore
    const image = warpAffine(
      sample.image,
      [
        [linear[0], linear[1], shiftX],
        [linear[2], linear[3], shiftY],
      ],
      { value: fill },
    );
    // A box's corners lie between pixels: half a pixel before the first, and after the last.
    const place = (x: number, y: number): readonly [number, number] => [
      linear[0] * (x - 0.5) + linear[1] * (y - 0.5) + shiftX + 0.5,
      linear[2] * (x - 0.5) + linear[3] * (y - 0.5) + shiftY + 0.5,
    ];
    const moved = (await cornersOf(sample)).map(([x1, y1, x2, y2]): Corners => {
      const corners = [place(x1, y1), place(x2, y1), place(x1, y2), place(x2, y2)];
      const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    });
    return withImage(sample, image, moved, minVisible);
  };
}

/**
 * Returns an augmentation that turns pictures by up to so many degrees either way.
 *
 * @param degrees - at most
 * @param options - what lies outside, share of boxes that stay
 *
 * @example
 * (await randomRotation(10)({ image: ones([4, 6, 3]) }, 1)).image.shape; // => [4,6,3]
 */
export function randomRotation(
  degrees: number,
  options: Pick<RandomAffineOptions, "fill" | "minVisible"> = {},
): Augmentation {
  return randomAffine({ ...options, degrees });
}

/** What {@link colorJitter} takes: by how much each may change, either way; 0 by default. */
export interface ColorJitterOptions {
  /** Brightness is multiplied by 1 ± so much. */
  readonly brightness?: number;
  /** Differences from the mean brightness are. */
  readonly contrast?: number;
  /** Differences from grey are. */
  readonly saturation?: number;
  /** Hue turns by ± such a part of the circle, at most 0.5. */
  readonly hue?: number;
}

/**
 * Returns an augmentation that changes the colours of pictures of three channels.
 *
 * @param options - by how much
 * @throws `ArgumentError` for numbers that are negative, or a hue above 0.5
 *
 * Source: torchvision's ColorJitter, but always in the order of the options.
 *
 * @example
 * (await colorJitter({ hue: 0.1 })({ image: ones([4, 6, 3]) }, 1)).image.shape; // => [4,6,3]
 */
export function colorJitter(options: ColorJitterOptions): Augmentation {
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = options;
  for (const [name, amount] of Object.entries({ brightness, contrast, saturation, hue })) {
    if (amount >= 0 && (name !== "hue" || amount <= 0.5)) continue;
    throw new ArgumentError(`colorJitter: ${name}: expected a share of 0 or more (hue: to 0.5), got ${amount}`); // prettier-ignore
  }
  return async (sample, seed) => {
    const draws = await uniforms(4, seed);
    const either = (i: number, most: number): number => (2 * draws[i]! - 1) * most;
    const image = besides(sample.image, () => {
      const isBytes = sample.image.dtype === "uint8";
      let x = isBytes ? sample.image.astype("float32").div(255) : sample.image;
      if (brightness > 0) x = x.mul(1 + either(0, brightness)).clip(0, 1);
      if (contrast > 0) {
        const mean = rgbToGray(x).mean();
        x = x.sub(mean).mul(1 + either(1, contrast)).add(mean).clip(0, 1); // prettier-ignore
      }
      if (saturation > 0) {
        const gray = rgbToGray(x);
        x = x.sub(gray).mul(1 + either(2, saturation)).add(gray).clip(0, 1); // prettier-ignore
      }
      if (hue > 0) {
        const turned = tensor([either(3, hue) * 360, 0, 0], { dtype: floatOf(x) });
        x = hsvToRgb(rgbToHsv(x).add(turned));
      }
      return isBytes ? toBytes(x.mul(255)) : x;
    });
    return { ...sample, image };
  };
}

/** What {@link cutout} takes. */
export interface CutoutOptions {
  /** How many holes; 1 by default. */
  readonly holes?: number;
  /** Their side, as a share of the picture's shorter; 0.25 by default. */
  readonly size?: number;
  /** What is there instead; 0 by default. */
  readonly fill?: number;
}

/**
 * Returns an augmentation that covers squares of pictures.
 *
 * @param options - how many, how large, by what
 *
 * Source: DeVries and Taylor 2017, "Improved regularization of convolutional neural networks with cutout".
 *
 * @example
 * (await cutout({ size: 1 })({ image: ones([4, 4, 1]) }, 1)).image.min().item(); // => 0
 */
export function cutout({ holes = 1, size = 0.25, fill = 0 }: CutoutOptions = {}): Augmentation {
  return async (sample, seed) => {
    const draws = await uniforms(2 * holes, seed);
    const [height, width] = sample.image.shape as [number, number];
    const side = Math.max(1, Math.round(size * Math.min(height, width)));
    const covered = new Uint8Array(height * width);
    for (let hole = 0; hole < holes; hole++) {
      const top = Math.floor(draws[2 * hole]! * height) - (side >> 1);
      const left = Math.floor(draws[2 * hole + 1]! * width) - (side >> 1);
      for (let y = Math.max(0, top); y < Math.min(height, top + side); y++) {
        covered.fill(1, y * width + Math.max(0, left), y * width + Math.min(width, left + side));
      }
    }
    const image = besides(sample.image, () => {
      const isCovered = tensor(covered, { shape: [height, width, 1] }).astype("bool");
      return where(isCovered, tensor(fill, { dtype: sample.image.dtype }), sample.image) as Tensor;
    });
    return { ...sample, image } satisfies Sample;
  };
}
