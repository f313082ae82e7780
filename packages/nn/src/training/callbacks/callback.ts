import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import type { Optimizer } from "@tensorloom/optim";
import type { ByteSink } from "@tensorloom/tensor";
import type { Module } from "../../module.ts";
import type { EpochRecord, History } from "../history.ts";

/** What callbacks see and may do. */
export interface TrainingContext {
  /** What is trained. */
  readonly model: Module<unknown>;
  /** What moves its parameters. */
  readonly optimizer: Optimizer;
  /** The epochs so far. */
  readonly history: History;
  /** Ends training after this epoch. */
  stop(): void;
  /** Writes all that is needed to go on from the end of the last epoch; see `fit`'s `resume`. */
  save(target: ByteSink): Promise<void>;
}

/** What a callback remembers from epoch to epoch, for saving. */
export interface CallbackState {
  /** Numbers by name. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Tensors by name; they stay the callback's. */
  readonly tensors?: Readonly<Record<string, Tensor>>;
}

/** A loss that is not finite. */
export interface NonFiniteLoss {
  /** The epoch, from 1. */
  readonly epoch: number;
  /** The step in the epoch, from 1. */
  readonly step: number;
  /** What it was. */
  readonly loss: number;
}

/** Takes part in training. */
export interface Callback {
  /** Called before the first epoch. */
  onStart?(context: TrainingContext): void | Promise<void>;
  /** Called before each epoch, with its number from 1. */
  onEpochStart?(epoch: number, context: TrainingContext): void | Promise<void>;
  /** Called after each step. */
  onStepEnd?(
    step: { readonly epoch: number; readonly step: number; readonly loss: number },
    context: TrainingContext,
  ): void | Promise<void>;
  /** Called after each epoch. */
  onEpochEnd?(record: EpochRecord, context: TrainingContext): void | Promise<void>;
  /** Called after each epoch, when every callback has seen its end: the time to save. */
  onEpochDone?(record: EpochRecord, context: TrainingContext): void | Promise<void>;
  /** Called for a loss that is not finite, before it reaches the parameters; by `stop()` training ends without an error. */
  onNonFiniteLoss?(loss: NonFiniteLoss, context: TrainingContext): void | Promise<void>;
  /** Called once, however training ends. */
  onEnd?(context: TrainingContext): void | Promise<void>;
  /** Returns what it remembers. */
  state?(): CallbackState;
  /** Takes back what {@link Callback.state} returned; tensors are to be copied. */
  loadState?(state: CallbackState): void;
}

/** Which number is watched, and which way is better. */
export interface MonitorOptions {
  /** The number that is watched: `valLoss` by default. */
  readonly monitor?: string;
  /** Whether smaller or larger is better; by default smaller for losses and errors (`loss`, `mae`, `mse`), else larger. */
  readonly mode?: "min" | "max";
}

/** Follows the best of a number. */
export class Monitor {
  readonly #callback: string;
  readonly #name: string;
  readonly #sign: 1 | -1;
  readonly #minDelta: number;
  /** The best so far; infinite at first. */
  best: number;

  /**
   * @param callback - whose it is, for messages
   * @param minDelta - by how much a number must be better to count
   */
  constructor(callback: string, options: MonitorOptions, minDelta = 0) {
    this.#callback = callback;
    this.#name = options.monitor ?? "valLoss";
    const mode = options.mode ?? (/(loss|mae|mse)$/i.test(this.#name) ? "min" : "max");
    this.#sign = mode === "min" ? 1 : -1;
    this.#minDelta = minDelta;
    this.best = this.#sign * Infinity;
  }

  /** Returns the epoch's number; throws `ArgumentError` if there is none of the name. */
  read({ values }: EpochRecord): number {
    const value = values[this.#name];
    if (value !== undefined) return value;
    throw new ArgumentError(
      `${this.#callback}: monitor: expected one of ${Object.keys(values).join(", ")}, got "${this.#name}"` +
        (this.#name.startsWith("val") ? "; give fit validation data" : ""),
    );
  }

  /** Whether the epoch is the best so far; it then becomes it. */
  improves(record: EpochRecord): boolean {
    const value = this.read(record);
    if (!(this.#sign * (this.best - value) > this.#minDelta)) return false;
    this.best = value;
    return true;
  }
}
