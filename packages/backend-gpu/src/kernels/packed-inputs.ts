import {
  bytesPerElement,
  contiguousStrides,
  expression,
  sizeOf,
  type MapCall,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf, type GpuStorage } from "../device/gpu-storage.ts";
import { mapElements } from "./map-elements.ts";

const identity = expression((x) => x);

/**
 * Runs `fn` with inputs that lie in few enough buffers for the device to bind them all beside the outputs: where there
 * are more, they are copied into one.
 */
export function packedInputs(
  executor: Executor,
  inputs: readonly View[],
  outputCount: number,
  fn: (inputs: readonly View[]) => void,
): void {
  const blocks = new Set(inputs.map(blockOf));
  const room = executor.traits.mostBuffers - outputCount;
  if (blocks.size <= room) {
    fn(inputs);
    return;
  }
  const { views, storage } = packed(executor, inputs);
  fn(views);
  executor.free(storage);
}

function packed(
  executor: Executor,
  inputs: readonly View[],
): { readonly views: readonly View[]; readonly storage: GpuStorage } {
  const places: number[] = [];
  let bytes = 0;
  for (const { dtype, shape } of inputs) {
    places.push(bytes);
    // On whole vectors of whole words.
    bytes += Math.ceil((sizeOf(shape) * bytesPerElement(dtype)) / 16) * 16;
  }
  const storage = executor.allocate(bytes);
  const views = inputs.map((input, i) => {
    const { dtype, shape } = input;
    const offset = places[i]! / bytesPerElement(dtype);
    const copy: View = { storage, dtype, shape, strides: contiguousStrides(shape), offset };
    const call: MapCall = {
      expression: identity,
      inputs: [input],
      parameters: [],
      outputs: [copy],
    };
    mapElements(executor, call);
    return copy;
  });
  return { views, storage };
}
