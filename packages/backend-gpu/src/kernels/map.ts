import { sizeOf, type MapCall } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { withAlignedOutputs } from "./aligned-outputs.ts";
import { mapElements } from "./map-elements.ts";
import { packedInputs } from "./packed-inputs.ts";

/** Computes a program for every element. */
export function map(executor: Executor, call: MapCall): void {
  if (sizeOf(call.outputs[0]!.shape) === 0) return;
  packedInputs(executor, call.inputs, call.outputs.length, (inputs) => {
    withAlignedOutputs(executor, call.outputs, (outputs) =>
      mapElements(executor, { ...call, inputs, outputs }),
    );
  });
}
