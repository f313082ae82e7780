// Convolution and its two gradients. They share a file because each is the gradient of the others.
import { record } from "../autograd/tape.ts";
import type { WindowParameters } from "../backend/contract.ts";
import { dispatch } from "../backend/dispatch.ts";
import type { Shape } from "../shape.ts";
import { allocateTensor, type Tensor } from "../tensor.ts";
import type { ActivationName } from "./activation-expressions.ts";
import { inDType } from "./elementwise-ternary.ts";
import { linearEpilogue } from "./epilogue.ts";
import { broadcastView } from "./map-and-reduce.ts";
import { backendOf, placedOn } from "./placement.ts";
import { contiguous, sumTo } from "./views.ts";

/** The fixed part of a convolution, which it shares with its two gradients. */
export interface ConvolutionGeometry extends WindowParameters {
  /** How many groups of channels do not see each other. */
  readonly groups: number;
}

/** Convolves; the last step is a bias and an activation, which is not recorded. */
export function convForward(
  operation: string,
  options: {
    readonly input: Tensor;
    readonly filter: Tensor;
    readonly bias: Tensor | undefined;
    readonly activation: ActivationName | undefined;
    readonly shape: Shape;
    readonly geometry: ConvolutionGeometry;
  },
): Tensor {
  const { input, filter, bias, activation, shape, geometry } = options;
  const inputs = bias === undefined ? [input, filter] : [input, filter, bias];
  const backend = backendOf(operation, inputs);
  const output = allocateTensor(backend, input.dtype, shape);
  if (output.size > 0) {
    const addends = bias === undefined ? [] : [broadcastView(placedOn(backend, bias), shape)];
    dispatch(backend, "conv", {
      input: contiguous(placedOn(backend, input)),
      filter: contiguous(placedOn(backend, filter)),
      output,
      ...geometry,
      epilogue: linearEpilogue({ inputs: addends, activation }),
    });
  }
  return record(operation, inputs, output, (gradient, saved, _, needs) => {
    const [x, w, b] = saved as readonly [Tensor, Tensor, Tensor?];
    return [
      needs[0] === true ? convInputGradient(gradient, w, x.shape, geometry) : undefined,
      needs[1] === true ? convFilterGradient(x, gradient, w.shape, geometry) : undefined,
      b !== undefined && needs[2] === true ? inDType(sumTo(gradient, b.shape), b.dtype) : undefined,
    ];
  });
}

/** The adjoint of convolution in its input: also transposed convolution. */
export function convInputGradient(
  gradient: Tensor,
  filter: Tensor,
  shape: Shape,
  geometry: ConvolutionGeometry,
): Tensor {
  const backend = backendOf("convInputGradient", [gradient, filter]);
  const output = allocateTensor(backend, gradient.dtype, shape);
  dispatch(backend, "convInputGradient", {
    gradient: contiguous(placedOn(backend, gradient)),
    filter: contiguous(placedOn(backend, filter)),
    output,
    ...geometry,
  });
  return record("convInputGradient", [gradient, filter], output, (outer, saved, _, needs) => {
    const [g, w] = saved as readonly [Tensor, Tensor];
    return [
      needs[0] === true ? plainForward(outer, w, g.shape, geometry) : undefined,
      needs[1] === true ? convFilterGradient(outer, g, w.shape, geometry) : undefined,
    ];
  });
}

/** The adjoint of convolution in its filter. */
function convFilterGradient(
  input: Tensor,
  gradient: Tensor,
  shape: Shape,
  geometry: ConvolutionGeometry,
): Tensor {
  const backend = backendOf("convFilterGradient", [input, gradient]);
  const output = allocateTensor(backend, gradient.dtype, shape);
  dispatch(backend, "convFilterGradient", {
    input: contiguous(placedOn(backend, input)),
    gradient: contiguous(placedOn(backend, gradient)),
    output,
    ...geometry,
  });
  return record("convFilterGradient", [input, gradient], output, (outer, saved, _, needs) => {
    const [x, g] = saved as readonly [Tensor, Tensor];
    return [
      needs[0] === true ? convInputGradient(g, outer, x.shape, geometry) : undefined,
      needs[1] === true ? plainForward(x, outer, g.shape, geometry) : undefined,
    ];
  });
}

function plainForward(
  input: Tensor,
  filter: Tensor,
  shape: Shape,
  geometry: ConvolutionGeometry,
): Tensor {
  const none = { bias: undefined, activation: undefined };
  return convForward("convolution", { input, filter, shape, geometry, ...none });
}
