import type { ByteSink } from "@tensorloom/tensor";
import { Monitor, type Callback, type MonitorOptions } from "./callback.ts";

/** What {@link modelCheckpoint} takes. */
export interface ModelCheckpointOptions extends MonitorOptions {
  /** Whether only an epoch is saved that is the best so far; false by default. */
  readonly bestOnly?: boolean;
  /** How many epochs lie between two saves; 1 by default. */
  readonly every?: number;
}

/**
 * Returns a callback that saves training as it stands: parameters, optimizer, callbacks, history and the random generator, so that
 * `fit` with `resume` goes on to the bit as if it had never stopped. A file is written whole or not at all.
 *
 * @param target - a path (Node), where `{epoch}` stands for the epoch's number; or a function that takes the bytes
 * @param options - what to watch, `bestOnly`, `every`
 *
 * @example
 * const sizes = [];
 * const saving = modelCheckpoint((bytes) => void sizes.push(bytes.length), { every: 2 });
 * const model = new Linear(1, 1);
 * await fit(model, { x: ones([4, 1]), y: ones([4, 1]) }, {
 *   optimizer: new SGD(model, { learningRate: 0.1 }), epochs: 4, progress: false,
 *   loss: (outputs, targets) => outputs.sub(targets).square().mean(), callbacks: [saving],
 * });
 * sizes.length; // => 2
 */
export function modelCheckpoint(target: ByteSink, options: ModelCheckpointOptions = {}): Callback {
  const { bestOnly = false, every = 1 } = options;
  const monitor = new Monitor("modelCheckpoint", options);
  return {
    async onEpochDone(record, { save }) {
      if (record.epoch % every !== 0) return;
      if (bestOnly && !monitor.improves(record)) return;
      const place =
        typeof target === "string" ? target.replace("{epoch}", String(record.epoch)) : target;
      await save(place);
    },
    state: () => ({ numbers: { best: monitor.best } }),
    loadState: ({ numbers }) => void (monitor.best = numbers["best"]!),
  };
}
