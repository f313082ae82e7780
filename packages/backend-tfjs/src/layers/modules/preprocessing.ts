// Layers that prepare samples for a model, as TensorFlow.js has them.
import { Module } from "@tensorloom/nn";
import { gather, oneHot, resize, tensor, tidy, withBackend, type Tensor } from "@tensorloom/tensor";

/** Height and width. */
export type Size = readonly [height: number, width: number];

/** Returns images in another size. */
export class Resizing extends Module {
  /** Of the result. */
  readonly size: Size;
  /** How new elements come of old ones. */
  readonly method: "nearest" | "linear";
  /** Whether corners stay at corners. */
  readonly alignsCorners: boolean;

  /**
   * @param size - of the result
   * @param method - how new elements come of old ones
   * @param alignsCorners - whether corners stay at corners
   */
  constructor(size: Size, method: "nearest" | "linear", alignsCorners: boolean) {
    super();
    this.size = size;
    this.method = method;
    this.alignsCorners = alignsCorners;
  }

  /** Returns `[batch, ...size, channels]` for `x`, `[batch, height, width, channels]`. */
  forward(x: Tensor): Tensor {
    const coordinates = this.alignsCorners ? "alignCorners" : "asymmetric";
    return resize(x, this.size, { method: this.method, coordinates });
  }
}

/** Cuts the middle out of images; those that are too small become larger instead. */
export class CenterCrop extends Module {
  /** Of the result. */
  readonly size: Size;

  /** @param size - of the result */
  constructor(size: Size) {
    super();
    this.size = size;
  }

  /** Returns `[batch, ...size, channels]` for `x`, `[batch, height, width, channels]`. */
  forward(x: Tensor): Tensor {
    const margins = this.size.map((size, axis) => Math.floor((x.shape[axis + 1]! - size) / 2));
    // TensorFlow.js leaves out a column at least.
    if (margins[1] === 0 && x.shape[2] !== this.size[1]) margins[1] = 1;
    if (margins.some((margin) => margin < 0)) {
      return resize(x, this.size, { method: "linear", coordinates: "asymmetric" });
    }
    return tidy(() =>
      margins.reduce((cut, margin, axis) => {
        const places = placesOf(margin, this.size[axis]!, x.shape[axis + 1]!);
        return gather(
          cut,
          withBackend(x.backend, () => tensor(places)),
          axis + 1,
        );
      }, x),
    );
  }
}

/** The pixels of a crop along an axis: it goes by parts of the size, in float32, so that some are not side by side. */
function placesOf(margin: number, count: number, size: number): Int32Array {
  const [from, to] = [Math.fround(margin / size), Math.fround((margin + count) / size)];
  const last = size - 1;
  const step = count > 1 ? ((to - from) * last) / (count - 1) : 0;
  const start = count > 1 ? from * last : 0.5 * (from + to) * last;
  return Int32Array.from({ length: count }, (_, i) => Math.min(Math.round(start + i * step), last));
}

/** How {@link CategoryEncoding} says which categories there are. */
export type EncodingMode = "oneHot" | "multiHot" | "count";

/** Turns the numbers of categories into a vector with an element a category. */
export class CategoryEncoding extends Module {
  /** How many categories there are. */
  readonly count: number;
  /** Whether an element says how often a category is there, or that it is. */
  readonly mode: EncodingMode;

  /**
   * @param count - how many categories there are
   * @param mode - whether an element says how often a category is there, or that it is
   */
  constructor(count: number, mode: EncodingMode) {
    super();
    this.count = count;
    this.mode = mode;
  }

  /** Returns `[batch, count]` for `x`, `[batch, n]`: whole numbers from 0 to below the count. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const counts = oneHot(x.astype("int32"), this.count).sum(-2).astype("float32");
      return this.mode === "count" ? counts : counts.minimum(1);
    });
  }
}
