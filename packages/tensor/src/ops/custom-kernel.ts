import { record } from "../autograd/tape.ts";
import type { CustomKernel } from "../backend/contract.ts";
import { dispatch } from "../backend/dispatch.ts";
import type { DType } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import type { Shape } from "../shape.ts";
import { allocateTensor, type Tensor } from "../tensor.ts";
import { backendOf, withPlaced } from "./placement.ts";
import { contiguous } from "./views.ts";

/** What a result of a {@link customKernel} looks like. */
export interface OutputSpecification {
  /** Its shape. */
  readonly shape: Shape;
  /** Its dtype. */
  readonly dtype: DType;
}

/**
 * Returns an operation computed by a kernel of your own: plain loops over typed arrays, for what no operation composes.
 * It runs where its inputs are: on host backends by its `host` function, on WebGPU by its `wgsl`. It has no gradient by
 * itself; {@link customGrad} gives it one.
 *
 * @param kernel - its name; `host`, which reads the inputs and fills the outputs; `wgsl`, which returns a shader that does
 * @returns a function of the inputs, the outputs' shapes and dtypes, and numbers; it gives the outputs
 * @throws {@link UnsupportedError} on a backend for which the kernel has no version, and when a gradient reaches it
 *
 * @example
 * const countEqual = customKernel({
 *   name: "countEqual",
 *   host([a, b], [out]) {
 *     out.data[0] = a.data.filter((x, i) => x === b.data[i]).length;
 *   },
 * });
 * countEqual([tensor([1, 2, 3]), tensor([1, 5, 3])], [{ shape: [], dtype: "int32" }])[0].item(); // => 2
 */
export function customKernel(
  kernel: CustomKernel,
): (
  inputs: readonly Tensor[],
  outputs: readonly OutputSpecification[],
  parameters?: readonly number[],
) => Tensor[] {
  return (inputs, specifications, parameters = []) => {
    const backend = backendOf(kernel.name, inputs);
    if (backend.readSync === undefined && kernel.wgsl === undefined) {
      throw new UnsupportedError(
        `${kernel.name}: expected tensors on a host backend, got some on ${backend.name}; try \`await x.to("wasm")\``,
      );
    }
    const outputs = specifications.map(({ dtype, shape }) => allocateTensor(backend, dtype, shape));
    try {
      withPlaced(backend, inputs, (placed) => {
        const views = placed.map(contiguous);
        dispatch(backend, "custom", { kernel, inputs: views, outputs, parameters });
        views.forEach((copy, i) => {
          if (copy !== placed[i]) copy.dispose();
        });
      });
    } catch (error) {
      for (const output of outputs) output.dispose();
      throw error;
    }
    return outputs.map((output) =>
      record(kernel.name, inputs, output, () => withoutGradient(kernel.name)),
    );
  };
}

/** The rule of operations that have no gradient. */
export function withoutGradient(operation: string): never {
  throw new UnsupportedError(
    `gradient: ${operation}: has none; give it one with customGrad, or stop the gradient before it with stopGradient`,
  );
}
