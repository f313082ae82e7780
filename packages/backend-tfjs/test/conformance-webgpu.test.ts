import { env, findBackend } from "@tensorflow/tfjs-core";
import { runConformance } from "@tensorloom/conformance";
import { expect, test } from "vitest";
import { tfjs } from "../src/index.ts";
import { offerWebGpu } from "./with-tfjs-webgpu.ts";

const errors: string[] = [];

offerWebGpu();
runConformance(
  async () => {
    const backend = tfjs({ engine: "webgpu" });
    await backend.initialize?.();
    // Small tensors too are computed on the device: that is what is tested.
    env().set("WEBGPU_CPU_FORWARD", false);
    const { device } = findBackend("webgpu") as unknown as { readonly device: GPUDevice };
    device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
    return backend;
  },
  {
    name: "tfjs webgpu",
    // WGSL lets exp(x) be off by 3 + 2 |x| units.
    tolerance: { approximated: 16 },
  },
);

// One that does not compile takes all work of its submission with it, silently.
test("no shader was wrong", () => expect(errors).toEqual([]));
