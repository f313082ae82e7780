import type { Module } from "@tensorloom/nn";
import { UnsupportedError, type Tensor } from "@tensorloom/tensor";
import type { Json } from "./model-json.ts";

/** A layer of TensorFlow.js that does what a module does. */
export interface WrittenLayer {
  /** Its class. */
  readonly className: string;
  /** Its options, in snake_case, without the name. */
  readonly config: Readonly<Record<string, Json>>;
  /** Its weights by their names behind the layer's. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** How many axes its output has. */
  readonly rank: number;
}

/** Returns what a module is in TensorFlow.js' layers, one after another, for an input of `rank` axes; see {@link refused}. */
export type LayerWriter<M> = (module: M, rank: number) => readonly WrittenLayer[];

/** A writer, and the class whose instances (not those of classes that extend it) it writes. */
export type WriterEntry = readonly [layer: unknown, write: LayerWriter<Module>];

/** Returns the writer of a class. */
export function writes<M>(
  layer: abstract new (...args: never[]) => M,
  write: LayerWriter<M>,
): WriterEntry {
  return [layer, write as unknown as LayerWriter<Module>];
}

/** Returns a layer. */
export function written(
  className: string,
  rank: number,
  config: WrittenLayer["config"] = {},
  weights: Readonly<Record<string, Tensor | undefined>> = {},
): WrittenLayer {
  const there = Object.entries(weights).filter(
    (entry): entry is [string, Tensor] => entry[1] !== undefined,
  );
  return { className, config, weights: Object.fromEntries(there), rank };
}

/** Returns the error for a module of which TensorFlow.js' layers have no counterpart. */
export function refused(reason: string): UnsupportedError {
  return new UnsupportedError(reason);
}
