import { isFloating } from "../dtype.ts";
import { Tensor } from "../tensor.ts";
import type { SharedStorage } from "../shared-storage.ts";

/**
 * A gradient that is zero but for a part of it, such as that of a slice: many of them add up to one tensor, without a whole
 * one for each.
 */
export interface PartialGradient {
  /** Returns a new tensor: zeros, and the part. */
  whole(): Tensor;
  /** Adds the part to a tensor that {@link PartialGradient.whole} of such a gradient has returned. */
  addTo(sum: Tensor): void;
}

/**
 * Returns the gradients to an operation's inputs, given that to its output; undefined where it is zero everywhere.
 *
 * It is written with operations, so that an outer tape can record it: that is how gradients of any order come about.
 *
 * @param gradient - of the output's shape and dtype
 * @param inputs - the operation's inputs
 * @param output - the operation's output
 * @param needs - for each input, whether its gradient is wanted
 */
export type GradientRule = (
  gradient: Tensor,
  inputs: readonly Tensor[],
  output: Tensor,
  needs: readonly boolean[],
) => readonly (Tensor | PartialGradient | undefined)[];

/** A value on the tape, kept alive even when the user's handle on it is disposed. */
class SavedTensor {
  readonly #handle: Tensor;
  readonly #shared: SharedStorage;

  constructor(tensor: Tensor) {
    this.#handle = tensor;
    this.#shared = tensor.lease.shared!.retain();
  }

  get id(): number {
    return this.#handle.id;
  }

  /** The user's handle while it lives, else a new one on the same value. */
  restore(): Tensor {
    const { dtype, shape, strides, offset, id, isDisposed } = this.#handle;
    if (!isDisposed) return this.#handle;
    return new Tensor(this.#shared.retain(), dtype, shape, strides, offset, id);
  }

  release(): void {
    this.#shared.release();
  }
}

/** One recorded operation. */
export interface TapeEntry {
  /** The operation's name, for messages. */
  readonly operation: string;
  /** Its inputs. */
  readonly inputs: readonly SavedTensor[];
  /** For each input, whether a gradient can flow on through it. */
  readonly needs: readonly boolean[];
  /** Its output. */
  readonly output: SavedTensor;
  /** How gradients pass. */
  readonly rule: GradientRule;
}

/** A recording of the operations that depend on the watched tensors, in the order in which they ran. */
export class Tape {
  /** The operations recorded. */
  readonly entries: TapeEntry[] = [];
  readonly #tracked = new Set<number>();

  /** Starts to record what depends on `tensor`. */
  watch(tensor: Tensor): void {
    this.#tracked.add(tensor.id);
  }

  /** Tells whether a value depends on what is watched. */
  tracks(id: number): boolean {
    return this.#tracked.has(id);
  }

  /** Records an operation if it depends on what is watched. */
  add(operation: string, inputs: readonly Tensor[], output: Tensor, rule: GradientRule): void {
    let depends = false;
    for (const input of inputs) depends ||= this.#tracked.has(input.id);
    if (!depends) return;
    this.#tracked.add(output.id);
    this.entries.push({
      operation,
      inputs: inputs.map((input) => new SavedTensor(input)),
      needs: inputs.map((input) => this.#tracked.has(input.id) && isFloating(input.dtype)),
      output: new SavedTensor(output),
      rule,
    });
  }

  /** Gives back all memory held for the backward pass. */
  release(): void {
    for (const entry of this.entries) {
      for (const input of entry.inputs) input.release();
      entry.output.release();
    }
    this.entries.length = 0;
  }
}

/** What sees operations as they run: a tape, or what stands in for one. */
export type Recorder = Pick<Tape, "add" | "tracks">;

/** The tapes that record now: one for each gradient being taken, outermost first. */
let active: readonly Recorder[] = [];

/** Runs `fn` while only `tapes` record. */
export function withTapes<R>(tapes: readonly Recorder[], fn: () => R): R {
  const before = active;
  active = tapes;
  try {
    return fn();
  } finally {
    active = before;
  }
}

/** Returns the tapes that record now. */
export function activeTapes(): readonly Recorder[] {
  return active;
}

/**
 * Returns how many gradients are being taken around the code that runs: 0 outside of any, 2 in a gradient of a gradient.
 * For operations that have a faster gradient for the first order alone.
 *
 * @example
 * gradientOrder(); // => 0
 * grad((x) => x.mul(gradientOrder()))(tensor(3)).item(); // => 1
 */
export function gradientOrder(): number {
  return active.length;
}

/** Records a floating-point result on every active tape that it concerns; returns it. */
export function record<T extends Tensor>(
  operation: string,
  inputs: readonly Tensor[],
  output: T,
  rule: GradientRule,
): T {
  if (active.length > 0 && isFloating(output.dtype)) {
    for (const tape of active) tape.add(operation, inputs, output, rule);
  }
  return output;
}
