import { Module } from "@tensorloom/nn";
import type { Tensor } from "@tensorloom/tensor";

/** A module that has to do with masks, which say what steps of a sequence count. */
export abstract class MaskedModule extends Module {
  /**
   * Returns the output for `x`.
   *
   * @param x - a batch
   * @param mask - `[batch, steps]`, bool: the steps that count; all if undefined
   */
  abstract override forward(x: Tensor, mask?: Tensor): Tensor;

  /** Returns all outputs for all inputs, of which only the first has steps. */
  outputsOf([x]: readonly Tensor[], mask: Tensor | undefined): readonly Tensor[] {
    return [this.forward(x!, mask)];
  }

  /** Returns the output's mask; undefined if all counts. */
  abstract maskOf(x: Tensor, mask: Tensor | undefined): Tensor | undefined;
}
