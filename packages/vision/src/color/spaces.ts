import { elementwise, ShapeError, tensor, type Expr, type Tensor } from "@tensorloom/tensor";
import { floatOf, onImages } from "../image/images.ts";

/** A colour of three parts in, three out. */
type ColorMap = (a: Expr, b: Expr, c: Expr) => readonly [Expr, Expr, Expr];

/** How bytes stand for a space's three parts: `part = byte · scale + offset`. */
interface Encoding {
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
}

const unit: Encoding = { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] };

/**
 * Returns an operation that maps colours, elementwise: each element computes the whole colour and takes its own part, so
 * that the channels need not be taken apart.
 *
 * @param from - what bytes stand for in the images given
 * @param to - what they stand for in the result
 */
function colorOperation(
  operation: string,
  map: ColorMap,
  from: Encoding,
  to: Encoding,
): (x: Tensor) => Tensor {
  const pick = (parts: readonly Expr[], part: Expr): Expr =>
    part.less(0.5).where(parts[0]!, part.less(1.5).where(parts[1]!, parts[2]!));
  const ofFloats = elementwise((a, b, c, part) => pick(map(a!, b!, c!), part!));
  const ofBytes = elementwise((a, b, c, part) => {
    const [x, y, z] = [a!, b!, c!].map((byte, i) =>
      byte.cast("float32").mul(from.scale[i]!).add(from.offset[i]!),
    ) as [Expr, Expr, Expr];
    const parts = map(x, y, z).map((value, i) => value.sub(to.offset[i]!).div(to.scale[i]!));
    return pick(parts, part!).round().clip(0, 255).cast("uint8");
  });
  return (x) =>
    onImages(operation, x, ({ batch, channels }) => {
      if (channels !== 3) {
        throw new ShapeError(`${operation}: x: expected 3 channels, got ${channels}`);
      }
      const part = tensor([0, 1, 2], { dtype: floatOf(batch) });
      const map3 = x.dtype === "uint8" ? ofBytes : ofFloats;
      return map3(...channelsOf(batch), part);
    });
}

/** The three channels of a batch, each with an axis of 1. */
function channelsOf(batch: Tensor): [Tensor, Tensor, Tensor] {
  const [count, height, width] = batch.shape as [number, number, number];
  return [0, 1, 2].map((part) =>
    batch.slice([0, 0, 0, part], [count, height, width, part + 1]),
  ) as [Tensor, Tensor, Tensor];
}

/** The sum of `terms`, each a part and its weight. */
function weighted(...terms: readonly (readonly [Expr, number])[]): Expr {
  const [first, ...others] = terms.map(([part, weight]) => part.mul(weight));
  return others.reduce((sum, term) => sum.add(term), first!);
}

function luma(r: Expr, g: Expr, b: Expr): Expr {
  return weighted([r, 0.299], [g, 0.587], [b, 0.114]);
}

const grayOfFloats = elementwise((r, g, b) => luma(r!, g!, b!));
const grayOfBytes = elementwise((r, g, b) =>
  luma(r!.cast("float32"), g!.cast("float32"), b!.cast("float32")).round().cast("uint8"),
);

/**
 * Returns the brightness of colours: 0.299 red + 0.587 green + 0.114 blue (BT.601).
 *
 * @param x - `[height, width, 3]` or `[batch, height, width, 3]`; uint8 or float
 * @returns one channel, of the dtype of `x`
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`. Source: OpenCV's cvtColor, as all conversions here.
 *
 * @example
 * rgbToGray(tensor([[[1, 1, 0]]])).item().toFixed(3); // => 0.886
 */
export function rgbToGray(x: Tensor): Tensor {
  return onImages("rgbToGray", x, ({ batch, channels }) => {
    if (channels !== 3) throw new ShapeError(`rgbToGray: x: expected 3 channels, got ${channels}`);
    return (x.dtype === "uint8" ? grayOfBytes : grayOfFloats)(...channelsOf(batch));
  });
}

/**
 * Returns images of one channel with that channel three times.
 *
 * @param x - `[height, width, 1]` or `[batch, height, width, 1]`
 * @returns three channels, of the dtype of `x`: a view, no copy
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`.
 *
 * @example
 * grayToRgb(tensor([[[7]]])).toString(); // => [[[7, 7, 7]]]
 */
export function grayToRgb(x: Tensor): Tensor {
  return onImages("grayToRgb", x, ({ batch, count, height, width, channels }) => {
    if (channels !== 1) throw new ShapeError(`grayToRgb: x: expected 1 channel, got ${channels}`);
    return batch.broadcastTo([count, height, width, 3]);
  });
}

/** Hue in degrees, in bytes by half; saturation and value from 0 to 1. */
const hsv: Encoding = { scale: [2, 1 / 255, 1 / 255], offset: [0, 0, 0] };

/**
 * Returns colours as hue, saturation and value.
 *
 * @param x - `[height, width, 3]` or `[batch, height, width, 3]`; uint8, or floats from 0 to 1
 * @returns hue in degrees from 0 to 360, and 0 to 1; for uint8 half of the hue, and 0 to 255
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`. Source: OpenCV's cvtColor.
 *
 * @example
 * rgbToHsv(tensor([[[0, 0.5, 0]]])).toString(); // => [[[120.0, 1.0, 0.5]]]
 */
export const rgbToHsv: (x: Tensor) => Tensor = colorOperation(
  "rgbToHsv",
  (r, g, b) => {
    const value = r.maximum(g).maximum(b);
    const range = value.sub(r.minimum(g).minimum(b));
    const isGray = range.equal(0);
    const divisor = isGray.where(1, range);
    const ofBlue = r.sub(g).div(divisor).add(4);
    const ofGreen = b.sub(r).div(divisor).add(2);
    const ofRed = g.sub(b).div(divisor);
    const sixth = value.equal(r).where(ofRed, value.equal(g).where(ofGreen, ofBlue));
    const hue = sixth.mul(60);
    return [hue.less(0).where(hue.add(360), hue), range.div(value.equal(0).where(1, value)), value];
  },
  unit,
  hsv,
);

/**
 * Returns colours given as hue, saturation and value: the inverse of {@link rgbToHsv}.
 *
 * @param x - `[height, width, 3]` or `[batch, height, width, 3]`, as `rgbToHsv` gives them
 * @returns floats from 0 to 1, or uint8
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`.
 *
 * @example
 * hsvToRgb(tensor([[[120, 1, 0.5]]])).toString(); // => [[[0.0, 0.5, 0.0]]]
 */
export const hsvToRgb: (x: Tensor) => Tensor = colorOperation(
  "hsvToRgb",
  (hue, saturation, value) => {
    // Each part is full within 60 degrees of its own hue, and gone from 120 on.
    const part = (sixths: number): Expr => {
      const k = hue.div(60).add(sixths).remainder(6);
      const left = k.minimum(k.neg().add(4)).clip(0, 1);
      return value.sub(value.mul(saturation).mul(left));
    };
    return [part(5), part(3), part(1)];
  },
  hsv,
  unit,
);

const yCbCr: Encoding = { scale: [1 / 255, 1 / 255, 1 / 255], offset: [0, 0, 0] };
// In bytes the middle is 128.
const middle = 0.5;
const middleOfBytes = 128 / 255;

/**
 * Returns colours as brightness and differences of blue and red from it (JPEG's, BT.601 in full range).
 *
 * @param x - `[height, width, 3]` or `[batch, height, width, 3]`; uint8, or floats from 0 to 1
 * @returns Y, Cb, Cr, of the dtype of `x`; the differences are around 0.5, for uint8 around 128
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`. Source: OpenCV's cvtColor, whose order is Y, Cr, Cb.
 *
 * @example
 * rgbToYCbCr(tensor([[[1, 1, 1]]])).toString(); // => [[[1.0, 0.5, 0.5]]]
 */
export const rgbToYCbCr: (x: Tensor) => Tensor = byDtype((center) =>
  colorOperation(
    "rgbToYCbCr",
    (r, g, b) => {
      const y = luma(r, g, b);
      return [y, b.sub(y).mul(0.564).add(center), r.sub(y).mul(0.713).add(center)];
    },
    yCbCr,
    yCbCr,
  ),
);

/**
 * Returns colours given as brightness and differences: the inverse of {@link rgbToYCbCr}.
 *
 * @param x - `[height, width, 3]` or `[batch, height, width, 3]`, as `rgbToYCbCr` gives them
 * @returns floats from 0 to 1, or uint8
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`.
 *
 * @example
 * yCbCrToRgb(tensor([[[1, 0.5, 0.5]]])).toString(); // => [[[1, 1, 1]]]
 */
export const yCbCrToRgb: (x: Tensor) => Tensor = byDtype((center) =>
  colorOperation(
    "yCbCrToRgb",
    (y, cb, cr) => {
      const [blue, red] = [cb.sub(center), cr.sub(center)];
      return [
        y.add(red.mul(1.403)),
        y.sub(red.mul(0.714)).sub(blue.mul(0.344)),
        y.add(blue.mul(1.773)),
      ];
    },
    yCbCr,
    yCbCr,
  ),
);

function byDtype(make: (center: number) => (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  const [ofFloats, ofBytes] = [make(middle), make(middleOfBytes)];
  return (x) => (x.dtype === "uint8" ? ofBytes(x) : ofFloats(x));
}

/** L from 0 to 100, a and b around 0; in bytes 0 to 255, and around 128. */
const lab: Encoding = { scale: [100 / 255, 1, 1], offset: [0, -128, -128] };

// The white of daylight, D65, and the primaries of sRGB (IEC 61966-2-1).
const white = [0.950456, 1, 1.088754] as const;
const toXyz = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
] as const;
const fromXyz = [
  [3.240479, -1.53715, -0.498535],
  [-0.969256, 1.875991, 0.041556],
  [0.055648, -0.204043, 1.057311],
] as const;

/**
 * Returns colours in CIE L*a*b*, where distances are about as the eye has them.
 *
 * @param x - `[height, width, 3]` or `[batch, height, width, 3]`; uint8, or floats from 0 to 1; sRGB
 * @returns L from 0 to 100, a and b around 0; for uint8 L from 0 to 255, a and b around 128
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`. Source: CIE 1976 with the white D65; OpenCV's cvtColor, which looks floats up in a table.
 *
 * @example
 * rgbToLab(tensor([[[0, 0, 0]]])).toString(); // => [[[0, 0, 0]]]
 */
export const rgbToLab: (x: Tensor) => Tensor = colorOperation(
  "rgbToLab",
  (r, g, b) => {
    const linear = [r, g, b].map((part) =>
      part
        .less(0.04045)
        .where(part.div(12.92), part.maximum(0.04045).add(0.055).div(1.055).pow(2.4)),
    ) as [Expr, Expr, Expr];
    const [x, y, z] = toXyz.map((row, i) => {
      const share = weighted(...linear.map((part, c) => [part, row[c]!] as const)).div(white[i]!);
      const root = share.maximum(0.008856).pow(1 / 3);
      return share.less(0.008856).where(share.mul(7.787).add(16 / 116), root);
    }) as [Expr, Expr, Expr];
    return [y.mul(116).sub(16), x.sub(y).mul(500), y.sub(z).mul(200)];
  },
  unit,
  lab,
);

/**
 * Returns colours given in CIE L*a*b*: the inverse of {@link rgbToLab}.
 *
 * @param x - `[height, width, 3]` or `[batch, height, width, 3]`, as `rgbToLab` gives them
 * @returns floats from 0 to 1, clipped, or uint8
 * @throws `ShapeError` for another rank, or other channels
 *
 * Gradient: to a float `x`.
 *
 * @example
 * labToRgb(tensor([[[100, 0, 0]]])).sub(1).abs().max().less(1e-3).array(); // => true
 */
export const labToRgb: (x: Tensor) => Tensor = colorOperation(
  "labToRgb",
  (lightness, a, b) => {
    const y = lightness.add(16).div(116);
    const linear = [a.div(500).add(y), y, y.sub(b.div(200))].map((part, i) => {
      const low = part.sub(16 / 116).div(7.787);
      return part.lessEqual(0.206893).where(low, part.mul(part).mul(part)).mul(white[i]!);
    }) as [Expr, Expr, Expr];
    return fromXyz.map((row) => {
      const share = weighted(...linear.map((part, c) => [part, row[c]!] as const)).clip(0, 1);
      const curve = share
        .maximum(0.0031308)
        .pow(1 / 2.4)
        .mul(1.055)
        .sub(0.055);
      return share.less(0.0031308).where(share.mul(12.92), curve);
    }) as [Expr, Expr, Expr];
  },
  lab,
  unit,
);
