import {
  sizeOf,
  type ConvCall,
  type ConvFilterGradientCall,
  type ConvInputGradientCall,
  type View,
  type WindowParameters,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import type { EpilogueCode } from "../shaders/epilogue-code.ts";
import { convolutionProduct, type Convolution } from "./convolution-product.ts";
import {
  depthwise,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from "./depthwise-convolution.ts";
import { emptySum, multiply, withEpilogue } from "./gemm.ts";
import { reshaped } from "./reshaped.ts";

/** Convolves: a product of the patches, which are never stored, with the filter. */
export function conv(executor: Executor, call: ConvCall): void {
  const { input, filter, output } = call;
  if (sizeOf(output.shape) === 0) return;
  const one = convolutionOf(call, input, filter, output);
  if (sizeOf(filter.shape) === 0 || sizeOf(input.shape) === 0) {
    emptySum(executor, output, call.epilogue);
    return;
  }
  const columns = isDepthwise(one) ? output.shape.at(-1)! : one.outPerGroup;
  withEpilogue(executor, output, call.epilogue, { rowAxis: -1, columns }, (epilogue) => {
    if (isPointwise(one)) return pointwise(executor, call, epilogue);
    if (isDepthwise(one)) return depthwise(executor, one, input, filter, output, epilogue);
    return convolutionProduct(executor, {
      kind: "forward",
      convolution: one,
      left: input,
      right: filter,
      output,
      epilogue,
    });
  });
}

/** Takes gradients back to the input: a product of the gradient's places with the filter's transpose. */
export function convInputGradient(executor: Executor, call: ConvInputGradientCall): void {
  const { gradient, filter, output } = call;
  if (sizeOf(output.shape) === 0) return;
  if (sizeOf(gradient.shape) === 0 || sizeOf(filter.shape) === 0) {
    emptySum(executor, output, undefined);
    return;
  }
  const one = convolutionOf(call, output, filter, gradient);
  if (isPointwise(one)) {
    const b = turned(matrix(filter));
    multiply(executor, { a: matrix(gradient), b, output: matrix(output) }, undefined);
  } else if (isDepthwise(one)) {
    depthwiseInputGradient(executor, one, gradient, filter, output);
  } else {
    convolutionProduct(executor, {
      kind: "inputGradient",
      convolution: one,
      left: gradient,
      right: filter,
      output,
      epilogue: undefined,
    });
  }
}

/** Takes gradients to the filter: a product of transposed patches with the gradient. */
export function convFilterGradient(executor: Executor, call: ConvFilterGradientCall): void {
  const { input, gradient, output } = call;
  if (sizeOf(output.shape) === 0) return;
  if (sizeOf(gradient.shape) === 0 || sizeOf(input.shape) === 0) {
    emptySum(executor, output, undefined);
    return;
  }
  const one = convolutionOf(call, input, output, gradient);
  if (isPointwise(one)) {
    const a = turned(matrix(input));
    multiply(executor, { a, b: matrix(gradient), output: matrix(output) }, undefined);
  } else if (isDepthwise(one)) {
    depthwiseFilterGradient(executor, one, input, gradient, output);
  } else {
    convolutionProduct(executor, {
      kind: "filterGradient",
      convolution: one,
      left: input,
      right: gradient,
      output,
      epilogue: undefined,
    });
  }
}

function convolutionOf(
  { strides, dilation, padding, groups }: WindowParameters & { readonly groups: number },
  input: View,
  filter: View,
  output: View,
): Convolution {
  const [perGroup, outChannels] = filter.shape.slice(-2) as [number, number];
  return {
    strides,
    dilation,
    padding,
    groups,
    window: filter.shape.slice(0, -2),
    space: input.shape.slice(1, -1),
    outSpace: output.shape.slice(1, -1),
    batch: input.shape[0]!,
    perGroup,
    outPerGroup: outChannels / groups,
  };
}

/** A product of the whole input with one matrix. */
function isPointwise({ window, strides, padding, groups }: Convolution): boolean {
  return (
    groups === 1 &&
    window.every((size) => size === 1) &&
    strides.every((stride) => stride === 1) &&
    padding.every(([before, after]) => before === 0 && after === 0)
  );
}

/** One channel in, one out. */
function isDepthwise({ perGroup, outPerGroup }: Convolution): boolean {
  return perGroup === 1 && outPerGroup === 1;
}

/** All axes but the last as one. */
function matrix(view: View): View {
  const columns = view.shape.at(-1)!;
  return reshaped(view, [sizeOf(view.shape) / columns, columns], [columns, 1]);
}

function turned(view: View): View {
  return reshaped(view, view.shape.toReversed(), view.strides.toReversed());
}

function pointwise(
  executor: Executor,
  { input, filter, output }: ConvCall,
  epilogue: EpilogueCode | undefined,
): boolean {
  const call = { a: matrix(input), b: matrix(filter), output: matrix(output) };
  return multiply(executor, call, epilogue);
}
