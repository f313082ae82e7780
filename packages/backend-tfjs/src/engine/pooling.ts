// Pooling composed of slices, one a tap of the window: TensorFlow.js' own loses NaN, starts at -1e20 and gives gradients to the last
// winner.
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import {
  sizeOf,
  type PoolCall,
  type PoolGradientCall,
  type PoolParameters,
} from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { largest, where } from "./program-chain.ts";
import { tensorOf } from "./views.ts";

/** Windows of more elements are computed elsewhere: each takes some kernels. */
const mostTaps = 32;

/** Its shaders for slices with steps, and for choices, do not compile beyond. */
const mostAxes = 4;

/** Returns the pooled tensor; undefined for volumes, and for windows of many elements or over padding alone. */
export function pool(tf: Tf, call: PoolCall): TfTensor | undefined {
  const geometry = geometryOf(call, call.input.shape, call.output.shape);
  if (geometry === undefined) return undefined;
  const x = tensorOf(tf, call.input);
  if (call.mode === "max") return maximum(tf, tapsOf(tf, x, geometry, -Infinity));
  const sum = tapsOf(tf, x, geometry, 0).reduce((a, b) => tf.add(a, b));
  return tf.div(sum, divisors(tf, geometry));
}

/** Returns pooling's gradient to its input; undefined where {@link pool} has no result. */
export function poolGradient(tf: Tf, call: PoolGradientCall): TfTensor | undefined {
  const geometry = geometryOf(call, call.input.shape, call.gradient.shape);
  if (geometry === undefined) return undefined;
  const gradient = tensorOf(tf, call.gradient);
  if (call.mode === "average") {
    const share = tf.div(gradient, divisors(tf, geometry));
    return spread(
      tf,
      geometry,
      geometry.taps.map(() => share),
    );
  }
  const taps = tapsOf(tf, tensorOf(tf, call.input), geometry, -Infinity);
  const pooled = maximum(tf, taps);
  const isNaN = tf.isNaN(pooled);
  const none = tf.zerosLike(gradient);
  let isFree: TfTensor | undefined;
  const shares = taps.map((values, i) => {
    const isLargest = where(tf, isNaN, tf.isNaN(values), tf.equal(values, pooled));
    // Padding wins nothing, even among infinities.
    const isInside = tf.logicalAnd(isLargest, insideOf(tf, geometry, geometry.taps[i]!));
    const isFirst = isFree === undefined ? isInside : tf.logicalAnd(isInside, isFree);
    const isLeft = tf.logicalNot(isFirst);
    isFree = isFree === undefined ? isLeft : tf.logicalAnd(isFree, isLeft);
    return where(tf, isFirst, gradient, none);
  });
  return spread(tf, geometry, shares);
}

interface Geometry extends PoolParameters {
  /** `[batch, ...space, channels]`. */
  readonly shape: readonly number[];
  readonly outSpace: readonly number[];
  /** What windows reach, one size a spatial axis. */
  readonly reach: readonly number[];
  /** Where each element of the window lies from its corner. */
  readonly taps: readonly (readonly number[])[];
}

function geometryOf(
  parameters: PoolParameters,
  shape: readonly number[],
  outShape: readonly number[],
): Geometry | undefined {
  const { window, strides, dilation, padding } = parameters;
  const outSpace = outShape.slice(1, -1);
  const isLarge = sizeOf(window) > mostTaps || shape.length > mostAxes;
  if (isLarge || sizeOf(outShape) === 0 || sizeOf(shape) === 0) return undefined;
  const taps = window.reduce<number[][]>(
    (all, size, axis) =>
      all.flatMap((tap) => Array.from({ length: size }, (_, i) => [...tap, i * dilation[axis]!])),
    [[]],
  );
  const reach = outSpace.map((n, axis) => {
    const last = (n - 1) * strides[axis]! + (window[axis]! - 1) * dilation[axis]! + 1;
    return Math.max(last, padding[axis]![0] + shape[axis + 1]!);
  });
  const geometry = { ...parameters, shape, outSpace, reach, taps };
  const isSeen = perAxis(geometry, isInsideAxis).every((counts) => counts.every((n) => n > 0));
  return isSeen ? geometry : undefined;
}

/** Returns for each axis and each window how many of its elements satisfy something. */
function perAxis(
  geometry: Geometry,
  holds: (geometry: Geometry, axis: number, place: number) => boolean,
): number[][] {
  const { outSpace, window, strides, dilation, padding } = geometry;
  return outSpace.map((n, axis) =>
    Array.from({ length: n }, (_, at) => {
      const corner = at * strides[axis]! - padding[axis]![0];
      const places = Array.from({ length: window[axis]! }, (__, i) => corner + i * dilation[axis]!);
      return places.filter((place) => holds(geometry, axis, place)).length;
    }),
  );
}

function isInsideAxis({ shape }: Geometry, axis: number, place: number): boolean {
  return place >= 0 && place < shape[axis + 1]!;
}

/** A window may reach beyond the padding; what lies there is not counted. */
function isCounted({ shape, padding }: Geometry, axis: number, place: number): boolean {
  return place < shape[axis + 1]! + padding[axis]![1];
}

/** Returns `[1, ...outSpace, 1]`: products of one number an axis. */
function separable(tf: Tf, factors: readonly (readonly number[])[]): TfTensor {
  const values = factors.reduce<number[]>(
    (all, list) => all.flatMap((a) => list.map((b) => a * b)),
    [1],
  );
  return tf.tensor(values, [1, ...factors.map((list) => list.length), 1], "float32");
}

function divisors(tf: Tf, geometry: Geometry): TfTensor {
  return separable(tf, perAxis(geometry, geometry.countPadding ? isCounted : isInsideAxis));
}

/** Returns whether a tap of each window lies in the input. */
function insideOf(tf: Tf, geometry: Geometry, tap: readonly number[]): TfTensor {
  const { outSpace, strides, padding } = geometry;
  const inside = outSpace.map((n, axis) =>
    Array.from({ length: n }, (_, at) =>
      isInsideAxis(geometry, axis, at * strides[axis]! - padding[axis]![0] + tap[axis]!) ? 1 : 0,
    ),
  );
  return tf.greater(separable(tf, inside), tf.scalar(0));
}

/** Returns one tensor a tap: what each window has there. */
function tapsOf(tf: Tf, x: TfTensor, geometry: Geometry, value: number): TfTensor[] {
  const { shape, outSpace, reach, padding, strides, taps } = geometry;
  const margins = reach.map((size, axis): [number, number] => {
    const [before] = padding[axis]!;
    return [before, size - before - shape[axis + 1]!];
  });
  const isBare = margins.flat().every((n) => n === 0);
  const padded = isBare ? x : tf.pad(x, [[0, 0], ...margins, [0, 0]], value);
  const [batch, channels] = [shape[0]!, shape.at(-1)!];
  return taps.map((tap) => {
    const end = tap.map((from, axis) => from + (outSpace[axis]! - 1) * strides[axis]! + 1);
    return tf.stridedSlice(padded, [0, ...tap, 0], [batch, ...end, channels], [1, ...strides, 1]);
  });
}

function maximum(tf: Tf, taps: readonly TfTensor[]): TfTensor {
  return taps.reduce((a, b) => largest(tf, a, b));
}

/** The adjoint of {@link tapsOf}: adds what each tap gives to where it lies. */
function spread(tf: Tf, geometry: Geometry, shares: readonly TfTensor[]): TfTensor {
  const { shape, padding, taps } = geometry;
  const whole = taps
    .map((tap, i) => placed(tf, geometry, tap, shares[i]!))
    .reduce((a, b) => tf.add(a, b));
  const before = padding.map(([n]) => n);
  return tf.slice(whole, [0, ...before, 0], [...shape]);
}

/** Puts elements a stride apart, from a tap on, axis after axis. */
function placed(
  tf: Tf,
  { reach, strides }: Geometry,
  tap: readonly number[],
  share: TfTensor,
): TfTensor {
  return tap.reduce((x, from, i) => {
    const axis = i + 1;
    const [n, step, size] = [x.shape[axis]!, strides[i]!, reach[i]!];
    const [outer, inner] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)].map(sizeOf) as [number, number]; // prettier-ignore
    const length = (n - 1) * step + 1;
    const apart =
      step === 1
        ? tf.reshape(x, [outer, n, inner])
        : tf.slice(
            tf.reshape(tf.pad(tf.reshape(x, [outer, n, 1, inner]), [[0, 0], [0, 0], [0, step - 1], [0, 0]]), [outer, n * step, inner]), // prettier-ignore
            [0, 0, 0],
            [outer, length, inner],
          );
    const margins: [number, number][] = [[0, 0], [from, size - from - length], [0, 0]]; // prettier-ignore
    const laid = tf.pad(apart, margins);
    return tf.reshape(laid, [...x.shape.slice(0, axis), size, ...x.shape.slice(axis + 1)]);
  }, share);
}
