import type {
  NamedAttrMap,
  NamedTensorMap,
  Tensor as TfTensor,
  Tensor4D,
} from "@tensorflow/tfjs-core";
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

/** Returns a convolution's result; undefined where TensorFlow.js' engines have none: many groups, more than two axes. */
export function convolve(tf: Tf, call: ConvCall): TfTensor | undefined {
  const { input, filter, groups, output } = call;
  const plan = planOf(call, filter);
  if (plan === undefined || input.dtype !== "float32") return undefined;
  const { strides, padding, dilation } = plan;
  const [x, w] = [images(tf, input), filters(tf, filter)];
  const isDepthwise = groups > 1 && groups === input.shape.at(-1);
  if (!isDepthwise) {
    const result = inGroups(tf, groups, [x, w], (part, own) =>
      tf.conv2d(part, own, strides, padding, "NHWC", dilation),
    );
    return result && shaped(tf, result, output);
  }
  const own = asDepthwise(tf, w, groups);
  // Its engines pad depthwise convolutions by one number a side; here zeros are laid around.
  const padded = tf.pad(x, padding);
  const result = tf.depthwiseConv2d(padded, own, strides, "valid", "NHWC", dilation);
  return shaped(tf, result, output);
}

/** Returns the gradient to the input; undefined where no kernel of theirs has it. */
export function convolveInputGradient(tf: Tf, call: ConvInputGradientCall): TfTensor | undefined {
  const { gradient, filter, groups, output } = call;
  const plan = planOf(call, filter);
  if (plan === undefined || gradient.dtype !== "float32") return undefined;
  // The padded input's gradient, of which the inside is wanted.
  const [batch, height, width, channels] = imageShape(output) as Shape4;
  const [[top, bottom], [left, right]] = [plan.padding[1], plan.padding[2]];
  const size: Shape4 = [batch, height + top + bottom, width + left + right, channels];
  const [dy, w] = [images(tf, gradient), filters(tf, filter)];
  const depthwise = depthwiseKernel(tf, plan, groups, channels);
  const whole =
    depthwise?.(
      "DepthwiseConv2dNativeBackpropInput",
      { dy, filter: asDepthwise(tf, w, groups) },
      { inputShape: size },
    ) ??
    inGroups(tf, groups, [dy, w], (part, own) =>
      inputGradient(tf, part, own, plan, [...size.slice(0, 3), channels / groups] as Shape4),
    );
  if (whole === undefined) return undefined;
  return shaped(tf, tf.slice(whole, [0, top, left, 0], [batch, height, width, channels]), output);
}

function inputGradient(
  tf: Tf,
  gradient: Tensor4D,
  filter: Tensor4D,
  { strides, dilation }: Plan,
  size: Shape4,
): Tensor4D {
  if (dilation.every((step) => step === 1)) {
    return tf.conv2dTranspose(gradient, filter, size, strides, "valid");
  }
  // The windows that see an element: the filter turned around, over the gradient with room for it.
  const reach = dilation.map((step, axis): [number, number] => {
    const taps = (filter.shape[axis]! - 1) * step;
    return [taps, taps];
  }) as [[number, number], [number, number]];
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]) as Tensor4D;
  const padded = tf.pad(gradient, [[0, 0], ...reach, [0, 0]]);
  return tf.conv2d(padded, turned, 1, "valid", "NHWC", dilation);
}

/**
 * Returns the gradient to the filter as another convolution: the input's channels become a batch, and its batch channels.
 * No engine but cpu has a kernel for it.
 */
export function convolveFilterGradient(tf: Tf, call: ConvFilterGradientCall): TfTensor | undefined {
  const { input, gradient, groups, output } = call;
  const plan = planOf(call, output);
  if (plan === undefined || input.dtype !== "float32") return undefined;
  const x = tf.pad(images(tf, input), plan.padding);
  const shape = filterShape(output) as Shape4;
  const dy = images(tf, gradient);
  const [, , , channels] = x.shape;
  const depthwise = depthwiseKernel(tf, plan, groups, channels);
  const own = [shape[0], shape[1], groups, shape[3] / groups];
  const whole =
    depthwise?.("DepthwiseConv2dNativeBackpropFilter", { x, dy }, { filterShape: own }) ??
    inGroups(tf, groups, [x, dy], (part, after) => filterGradient(tf, part, after, plan, shape));
  return whole && shaped(tf, whole, output);
}

function filterGradient(
  tf: Tf,
  padded: Tensor4D,
  gradient: Tensor4D,
  { strides, dilation }: Plan,
  [height, width]: Shape4,
): Tensor4D {
  const x = tf.transpose(padded, [3, 1, 2, 0]) as Tensor4D;
  const dy = tf.transpose(gradient, [1, 2, 0, 3]) as Tensor4D;
  // What the window steps over is the gradient's spacing, and the other way round.
  const spread = tf.conv2d(x, dy, dilation, "valid", "NHWC", strides);
  // Rows and columns that no window reached are left over.
  const size = [x.shape[0], height, width, dy.shape[3]];
  return tf.transpose(tf.slice(spread, [0, 0, 0, 0], size), [1, 2, 0, 3]) as Tensor4D;
}

/** Runs one of the kernels that gradients of depthwise convolutions without padding have. */
type DepthwiseKernel = (name: string, inputs: NamedTensorMap, attributes: NamedAttrMap) => Tensor4D;

/** Returns what runs such kernels; undefined for other convolutions, and on engines without, or with dilation, which they mistake. */
function depthwiseKernel(
  tf: Tf,
  { strides, dilation }: Plan,
  groups: number,
  channels: number,
): DepthwiseKernel | undefined {
  const isDepthwise = groups > 1 && groups === channels && dilation.every((step) => step === 1);
  if (!isDepthwise || tf.getBackend() !== "webgpu") return undefined;
  const window = { strides, pad: "valid", dilations: [1, 1] };
  return (name, inputs, attributes) =>
    tf.engine().runKernel(name, inputs, { ...window, ...attributes });
}

/** `[height, width, 1, channels · multiplier]` to `[height, width, channels, multiplier]`. */
function asDepthwise(tf: Tf, filter: Tensor4D, channels: number): Tensor4D {
  const [height, width, , outChannels] = filter.shape;
  return tf.reshape(filter, [height, width, channels, outChannels / channels]);
}

/** Each takes kernels of its own. */
const mostGroups = 16;

/** Computes group by group of the last axes, and joins the results; undefined for many. */
function inGroups(
  tf: Tf,
  groups: number,
  [a, b]: readonly [Tensor4D, Tensor4D],
  compute: (a: Tensor4D, b: Tensor4D) => Tensor4D,
): Tensor4D | undefined {
  if (groups === 1) return compute(a, b);
  if (groups > mostGroups) return undefined;
  const [left, right] = [tf.split(a, groups, 3), tf.split(b, groups, 3)];
  const parts = left.map((part, i) => compute(part as Tensor4D, right[i] as Tensor4D));
  return tf.concat(parts, 3);
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
