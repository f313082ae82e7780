import * as tf from "@tensorflow/tfjs-core";
import { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";

/** Makes TensorFlow.js's WebGPU backend its current one, on a device of ours; returns a function that waits for its work. */
export async function useTfjsOnDevice(device: GPUDevice): Promise<() => Promise<void>> {
  const name = "webgpu-shared";
  const backend = new WebGPUBackend(device as never, device.adapterInfo as never);
  tf.registerBackend(name, () => backend);
  // Its kernels are registered under the name of its own backend.
  for (const kernel of tf.getKernelsForBackend("webgpu")) {
    tf.registerKernel({ ...kernel, backendName: name });
  }
  // Small tensors too are computed on the device: that is what is compared.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  await tf.setBackend(name);
  await tf.ready();
  return async () => {
    backend.endComputePassEncoder();
    // It submits by itself after every 15 dispatches.
    const { commandEncoder } = backend as unknown as { readonly commandEncoder: unknown };
    if (commandEncoder !== null) backend.submitQueue();
    await device.queue.onSubmittedWorkDone();
  };
}
