import type { Tensor as TfTensor, Tensor4D } from "@tensorflow/tfjs-core";
import type {
  ConvCall,
  ConvFilterGradientCall,
  ConvInputGradientCall,
  View,
  WindowParameters,
} from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { tensorOf } from "./views.ts";

type Padding = [[0, 0], [number, number], [number, number], [0, 0]];
type Pair = [number, number];

interface Plan {
  readonly strides: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

/** Returns a convolution's result; undefined where TensorFlow.js' engines have none: groups, more than two axes. */
export function convolve(tf: Tf, call: ConvCall): TfTensor | undefined {
  const { input, filter, groups, output } = call;
  const plan = planOf(call, filter);
  if (plan === undefined || input.dtype !== "float32") return undefined;
  const [x, w] = [images(tf, input), filters(tf, filter)];
  const channels = input.shape.at(-1)!;
  if (groups === 1) {
    const { strides, padding, dilation } = plan;
    return shaped(tf, tf.conv2d(x, w, strides, padding, "NHWC", dilation), output);
  }
  const isDepthwise = groups === channels && !isDilatedAndStrided(plan);
  if (!isDepthwise) return undefined;
  const [height, width, , outChannels] = w.shape;
  const own = tf.reshape(w, [height, width, groups, outChannels / groups]) as Tensor4D;
  // Its engines pad depthwise convolutions by one number a side; here zeros are laid around.
  const padded = tf.pad(x, plan.padding);
  const { strides, dilation } = plan;
  const result = tf.depthwiseConv2d(padded, own, strides, "valid", "NHWC", dilation);
  return shaped(tf, result, output);
}

/** Returns the gradient to the input, by the engines' own kernel; undefined where they have none. */
export function convolveInputGradient(tf: Tf, call: ConvInputGradientCall): TfTensor | undefined {
  const { gradient, filter, groups, output } = call;
  const plan = planOf(call, filter);
  const isPlain = plan !== undefined && groups === 1 && plan.dilation.every((step) => step === 1);
  if (!isPlain || gradient.dtype !== "float32") return undefined;
  // The padded input's gradient, of which the inside is wanted.
  const [batch, height, width, channels] = imageShape(output) as Shape4;
  const [[top, bottom], [left, right]] = [plan.padding[1], plan.padding[2]];
  const size: Shape4 = [batch, height + top + bottom, width + left + right, channels];
  const whole = tf.conv2dTranspose(
    images(tf, gradient),
    filters(tf, filter),
    size,
    plan.strides,
    "valid",
  );
  return shaped(tf, tf.slice(whole, [0, top, left, 0], [batch, height, width, channels]), output);
}

/**
 * Returns the gradient to the filter as another convolution: the input's channels become a batch, and its batch channels.
 * No engine but cpu has a kernel for it.
 */
export function convolveFilterGradient(tf: Tf, call: ConvFilterGradientCall): TfTensor | undefined {
  const { input, gradient, groups, output } = call;
  const plan = planOf(call, output);
  if (plan === undefined || groups !== 1 || input.dtype !== "float32") return undefined;
  const x = tf.transpose(tf.pad(images(tf, input), plan.padding), [3, 1, 2, 0]) as Tensor4D;
  const dy = tf.transpose(images(tf, gradient), [1, 2, 0, 3]) as Tensor4D;
  const [height, width, inChannels, outChannels] = filterShape(output) as Shape4;
  // What the window steps over is the gradient's spacing, and the other way round.
  const spread = tf.conv2d(x, dy, plan.dilation, "valid", "NHWC", plan.strides);
  // Rows and columns that no window reached are left over.
  const cut = tf.slice(spread, [0, 0, 0, 0], [inChannels, height, width, outChannels]);
  return shaped(tf, tf.transpose(cut, [1, 2, 0, 3]), output);
}

type Shape4 = [number, number, number, number];

function images(tf: Tf, view: View): Tensor4D {
  return tf.reshape(tensorOf(tf, view), imageShape(view) as Shape4);
}

function filters(tf: Tf, view: View): Tensor4D {
  return tf.reshape(tensorOf(tf, view), filterShape(view) as Shape4);
}

/** One spatial axis becomes the second of two. */
function imageShape({ shape }: View): number[] {
  return shape.length === 3 ? [shape[0]!, 1, ...shape.slice(1)] : [...shape];
}

function filterShape({ shape }: View): number[] {
  return shape.length === 3 ? [1, ...shape] : [...shape];
}

function shaped(tf: Tf, x: TfTensor, { shape }: View): TfTensor {
  return tf.reshape(x, [...shape]);
}

/** The window's parameters for two axes; undefined for three, for empty tensors, and for negative padding. */
function planOf({ strides, dilation, padding }: WindowParameters, filter: View): Plan | undefined {
  const axes = filter.shape.length - 2;
  if (axes < 1 || axes > 2 || padding.flat().some((size) => size < 0)) return undefined;
  const two = <T>(list: readonly T[], first: T): [T, T] =>
    (axes === 1 ? [first, list[0]!] : [list[0]!, list[1]!]) as [T, T];
  const [rows, columns] = two(padding as readonly Pair[], [0, 0]);
  const plan: Plan = {
    strides: two(strides, 1),
    dilation: two(dilation, 1),
    padding: [[0, 0], [...rows], [...columns], [0, 0]] as Padding,
  };
  return isDilatedAndStrided(plan) ? undefined : plan;
}

/** Its convolutions refuse steps of both kinds together. */
function isDilatedAndStrided({ strides, dilation }: Pick<Plan, "strides" | "dilation">): boolean {
  return strides.some((step) => step > 1) && dilation.some((step) => step > 1);
}
