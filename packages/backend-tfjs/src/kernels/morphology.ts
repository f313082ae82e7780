import type { backend_util, Dilation2DAttrs } from "@tensorflow/tfjs-core";
import { pad, reshape, slice, stack, sum, vjp, type Tensor } from "@tensorloom/tensor";
import { Expr, Expression, expression, mapExpression } from "@tensorloom/tensor/backend";
import { kernel, type KernelTable, type Surroundings } from "./kernel.ts";

type Shape3 = [height: number, width: number, channels: number];
type Shape4 = [batch: number, ...Shape3];
type Info = backend_util.Conv2DInfo;

/** What lies around images, for TensorFlow.js: less than any value. */
const lowest = Number.MIN_SAFE_INTEGER;

const raised = expression((x, by) => x.add(by));
const larger = expression((largest, x, by) => largest.maximum(x.add(by)));
/** Of what is left of a gradient, what goes to this tap, and what does not. */
const [x, by, largest, left] = [0, 1, 2, 3].map((i) => Expr.input(i)) as [Expr, Expr, Expr, Expr];
const isLargest = x.add(by).equal(largest);
const taken = new Expression([isLargest.where(left, 0)], 4);
const notTaken = new Expression([isLargest.where(0, left)], 4);

/** The largest sum of a window and a filter, channel by channel; gradients go to the first one. */
export const morphology: KernelTable = {
  Dilation2D: kernel<"x" | "filter", Dilation2DAttrs>(({ x: images, filter }, attributes, around) =>
    largestOf(tapsOf(images, filter, infoOf(images, filter, attributes, around))),
  ),
  Dilation2DBackpropInput: kernel<"x" | "filter" | "dy", Dilation2DAttrs>(
    ({ x: images, filter, dy }, attributes, around) => {
      const taps = tapsOf(images, filter, infoOf(images, filter, attributes, around));
      return sharesOf(taps, dy)
        .map((share, i) => vjp((given: Tensor) => taps[i]!.see(given), images).pullback(share)[0]!)
        .reduce((total, one) => total.add(one));
    },
  ),
  Dilation2DBackpropFilter: kernel<"x" | "filter" | "dy", Dilation2DAttrs>(
    ({ x: images, filter, dy }, attributes, around) => {
      const taps = tapsOf(images, filter, infoOf(images, filter, attributes, around));
      const shares = sharesOf(taps, dy).map((share) => sum(share, [0, 1, 2]));
      return reshape(stack(shares), filter.shape);
    },
  ),
};

function infoOf(
  images: Tensor,
  filter: Tensor,
  { strides, pad: padding, dilations }: Dilation2DAttrs,
  { tf }: Surroundings,
): Info {
  return tf.backend_util.computeDilation2DInfo(
    [...images.shape] as Shape4,
    [...filter.shape] as Shape3,
    strides,
    padding,
    "NHWC",
    dilations,
  );
}

/** One element of a window. */
interface Tap {
  /** What each window has there. */
  readonly seen: Tensor;
  /** Returns it of any images of these sizes. */
  readonly see: (images: Tensor) => Tensor;
  /** `[1, 1, channels]`: what the filter adds there. */
  readonly by: Tensor;
}

function tapsOf(images: Tensor, filter: Tensor, info: Info): Tap[] {
  const [height, width] = filter.shape as unknown as Shape3;
  const rows = {
    ...{ before: info.padInfo.top, size: images.shape[1]!, count: info.outHeight },
    ...{ stride: info.strideHeight, last: (height - 1) * info.dilationHeight },
  };
  const columns = {
    ...{ before: info.padInfo.left, size: images.shape[2]!, count: info.outWidth },
    ...{ stride: info.strideWidth, last: (width - 1) * info.dilationWidth },
  };
  const margins = [rows, columns].map(({ before, size, count, stride, last }) => {
    const reach = (count - 1) * stride + last + 1;
    return [before, Math.max(0, reach - before - size)] as const;
  });
  const laidAround = (given: Tensor): Tensor => pad(given, [[0, 0], ...margins, [0, 0]], lowest);
  const padded = laidAround(images);
  const steps = [1, rows.stride, columns.stride, 1];
  return Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    const begin = [0, row * info.dilationHeight, column * info.dilationWidth, 0];
    const end = [
      images.shape[0]!,
      begin[1]! + (rows.count - 1) * rows.stride + 1,
      begin[2]! + (columns.count - 1) * columns.stride + 1,
      images.shape[3]!,
    ];
    return {
      seen: slice(padded, begin, end, steps),
      see: (given) => slice(laidAround(given), begin, end, steps),
      by: slice(filter, [row, column], [row + 1, column + 1]),
    };
  });
}

function largestOf(taps: readonly Tap[]): Tensor {
  const [first, ...others] = taps as [Tap, ...Tap[]];
  const { dtype } = first.seen;
  return others.reduce(
    (most, tap) => mapExpression("Dilation2D", larger, [most, tap.seen, tap.by], { dtype }),
    mapExpression("Dilation2D", raised, [first.seen, first.by], { dtype }),
  );
}

/** Returns what of a gradient goes to each tap. */
function sharesOf(taps: readonly Tap[], gradient: Tensor): Tensor[] {
  const most = largestOf(taps);
  let rest = gradient;
  return taps.map((tap) => {
    const operands = [tap.seen, tap.by, most, rest];
    rest = mapExpression("Dilation2DBackprop", notTaken, operands);
    return mapExpression("Dilation2DBackprop", taken, operands);
  });
}
