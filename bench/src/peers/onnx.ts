import type { InferenceSession, Tensor } from "onnxruntime-node";
import type { Contender } from "../measure.ts";
import { withoutWorkerGlobal } from "./worker-global.ts";
import { onnxModel, type OneNodeModel } from "./onnx-model.ts";

interface Runtime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => Tensor;
  readonly env: { readonly wasm: { numThreads?: number } };
}

/** A model that is ready to run. */
export interface OnnxPeer {
  readonly name: string;
  /** Runs it, and returns `y`. */
  run(): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Where ONNX Runtime runs: in WebAssembly, or natively. */
export type OnnxKind = "web" | "native";

/** Loads a model of one node and its inputs into ONNX Runtime. Weights are part of the model, so that it may pack them. */
export async function onnxPeer(
  kind: OnnxKind,
  threads: number,
  model: OneNodeModel,
  inputs: readonly Float32Array[],
): Promise<OnnxPeer> {
  const { runtime, session } = await withoutWorkerGlobal(async () => {
    const loaded = await (kind === "web" ? import("onnxruntime-web") : import("onnxruntime-node"));
    const ort = loaded as unknown as Runtime;
    ort.env.wasm.numThreads = threads;
    const created = await ort.InferenceSession.create(onnxModel(model), {
      executionProviders: [kind === "web" ? "wasm" : "cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
    });
    return { runtime: ort, session: created };
  });
  const feeds = Object.fromEntries(
    model.inputs.map((input, i) => [
      input.name,
      new runtime.Tensor("float32", inputs[i]!, input.shape),
    ]),
  );
  return {
    name: kind === "web" ? "onnxruntime-web" : "native onnxruntime",
    run: async () => (await session.run(feeds))["y"]!.data as Float32Array,
    release: () => session.release(),
  };
}

/** Its threads wait for more work at full speed, and take the cores from whoever comes next. */
export function contenderOf({ name, run }: OnnxPeer): Contender {
  return { name, run: async () => void (await run()), isGreedy: true };
}
