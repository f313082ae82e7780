import {
  FormatError,
  loadSafetensors,
  random,
  saveSafetensors,
  type ByteSink,
  type Tensor,
} from "@tensorloom/tensor";
import type { Optimizer, OptimizerState } from "@tensorloom/optim";
import type { Module } from "../module.ts";
import type { Callback, CallbackState } from "./callbacks/callback.ts";
import { History, type EpochRecord } from "./history.ts";

/** Training as it stood at the end of an epoch; {@link loadCheckpoint} reads one. */
export interface Checkpoint {
  /** Parameters and buffers by path, for `loadStateDict`. */
  readonly model: Readonly<Record<string, Tensor>>;
  /** For the optimizer's `loadState`. */
  readonly optimizer: OptimizerState;
  /** One state a callback, in their order. */
  readonly callbacks: readonly CallbackState[];
  /** Every number so far. */
  readonly history: History;
  /** Where the random generator stood when training began, and when this was saved. */
  readonly random: {
    /** When training began. */
    readonly start: random.GeneratorState;
    /** When this was saved. */
    readonly now: random.GeneratorState;
  };
  /** Frees the tensors. */
  dispose(): void;
}

const format = "tensorloom-checkpoint-1";

/** Writes training as it stands, as one safetensors file. */
export async function saveCheckpoint(
  target: ByteSink,
  training: {
    readonly model: Module<unknown>;
    readonly optimizer: Optimizer;
    readonly callbacks: readonly Callback[];
    readonly history: History;
    readonly start: random.GeneratorState;
  },
): Promise<void> {
  const { model, optimizer, callbacks, history, start } = training;
  const { steps, tensors } = optimizer.state();
  const states = callbacks.map((callback) => callback.state?.() ?? { numbers: {} });
  const all: Record<string, Tensor> = {
    ...prefixed("model", model.stateDict()),
    ...prefixed("optimizer", tensors),
  };
  states.forEach((state, i) => Object.assign(all, prefixed(`callback.${i}`, state.tensors ?? {})));
  await saveSafetensors(target, all, {
    format,
    steps: String(steps),
    epochs: toJson(history.epochs),
    callbacks: toJson(states.map(({ numbers }) => numbers)),
    random: toJson({ start, now: random.getState() }),
  });
}

/**
 * Resolves to what `modelCheckpoint` saved, on the current backend.
 *
 * @param source - a path (Node), or the bytes
 * @throws `FormatError` if it is no checkpoint
 *
 * @example
 * let bytes = new Uint8Array();
 * const model = new Linear(1, 1);
 * await fit(model, { x: ones([4, 1]), y: ones([4, 1]) }, {
 *   optimizer: new SGD(model, { learningRate: 0.1 }), epochs: 2, progress: false,
 *   loss: (outputs, targets) => outputs.sub(targets).square().mean(),
 *   callbacks: [modelCheckpoint((written) => void (bytes = written))],
 * });
 * const checkpoint = await loadCheckpoint(bytes);
 * [checkpoint.history.epochs.length, Object.keys(checkpoint.model)]; // => [2,["weight","bias"]]
 */
export async function loadCheckpoint(source: string | Uint8Array): Promise<Checkpoint> {
  const { tensors, metadata } = await loadSafetensors(source);
  const dispose = (): void => {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  };
  if (metadata["format"] !== format) {
    dispose();
    throw new FormatError(
      `loadCheckpoint: expected a file of modelCheckpoint, got one of format ${metadata["format"] ?? "unknown"}; ` +
        "for weights alone, use loadSafetensors and loadStateDict",
    );
  }
  const history = new History();
  for (const record of fromJson<EpochRecord[]>(metadata["epochs"]!)) history.add(record);
  const numbers = fromJson<Record<string, number>[]>(metadata["callbacks"]!);
  return {
    model: under("model", tensors),
    optimizer: { steps: Number(metadata["steps"]), tensors: under("optimizer", tensors) },
    callbacks: numbers.map((own, i) => ({
      numbers: own,
      tensors: under(`callback.${i}`, tensors),
    })),
    history,
    random: fromJson<Checkpoint["random"]>(metadata["random"]!),
    dispose,
  };
}

function prefixed(
  prefix: string,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]),
  );
}

function under(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
  );
}

// JSON lacks NaN and the infinities, which losses and best values may be.
function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "number" && !Number.isFinite(item) ? `number:${item}` : item,
  );
}

function fromJson<T>(text: string): T {
  return JSON.parse(text, (_, item: unknown) =>
    typeof item === "string" && item.startsWith("number:") ? Number(item.slice(7)) : item,
  ) as T;
}
