import type { Module } from "@tensorloom/nn";
import type { Tensor } from "@tensorloom/tensor";
import type { Config } from "./config.ts";

/** The weights that a layer has, by their names behind the layer's: sizes, null for any; undefined for any shape. */
export type WeightShapes = Readonly<Record<string, readonly (number | null)[] | undefined>>;

/** What a layer is built of. */
export interface LayerParts {
  /** Its options. */
  readonly config: Config;
  /** Its weights, by the names that {@link LayerKind.weights} gives. */
  readonly weights: Readonly<Record<string, Tensor>>;
  /** How many axes its input has; NaN where that is not known. */
  readonly rank: number;
  /** How many inputs it has, at most, where it is used. */
  readonly inputs: number;
  /** Whether masks may reach it. */
  readonly isMasked: boolean;
}

/** Gives a new layer its weights and returns it; frees it where they do not fit. */
export function loaded<M extends Module>(layer: M, state: Readonly<Record<string, Tensor>>): M {
  try {
    layer.loadStateDict(state, { strict: false });
    return layer;
  } catch (error) {
    layer.dispose();
    throw error;
  }
}

/** One class of TensorFlow.js' layers, as modules. */
export interface LayerKind {
  /** Returns why there is no module for a layer with these options; undefined if there is. */
  refusal?(config: Config): string | undefined;
  /** Returns the layer's weights; none by default. */
  weights?(config: Config): WeightShapes;
  /** Returns how many axes the output has; as many as the input by default. */
  rank?(config: Config, inputs: readonly number[]): number;
  /** Returns how many outputs there are; one by default. */
  outputs?(config: Config): number;
  /** Whether the output has the input's mask. */
  readonly passesMask?: boolean;
  /** Whether steps that do not count come from here. */
  makesMask?(config: Config): boolean;
  /** Returns modules that do together what the layer does, one after another. It reads options first, and copies weights. */
  build(parts: LayerParts): readonly Module[];
}
