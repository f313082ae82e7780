import { create, globals } from "webgpu";
import { offerSoftwareAdapter } from "../../backend-gpu/test/software-adapter.ts";

/** Makes `navigator.gpu` of Dawn in Node, which TensorFlow.js looks for when its engine is imported. */
export function offerWebGpu(): void {
  offerSoftwareAdapter();
  Object.assign(globalThis, globals);
  const gpu = create([]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
}
