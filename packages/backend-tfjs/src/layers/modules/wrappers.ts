import { Module } from "@tensorloom/nn";
import { concat, tidy, type Tensor } from "@tensorloom/tensor";
import { MaskedModule } from "./masked-module.ts";
import type { RecurrentLayer } from "./recurrent.ts";

/** How {@link Bidirectional} joins its two outputs. */
export type JoinMode = "concat" | "sum" | "ave" | "mul";

const joins: Readonly<Record<JoinMode, (a: Tensor, b: Tensor) => Tensor>> = {
  concat: (a, b) => concat([a, b], -1),
  sum: (a, b) => a.add(b),
  ave: (a, b) => a.add(b).mul(0.5),
  mul: (a, b) => a.mul(b),
};

/** Runs a recurrent layer in both directions, with weights of their own. */
export class Bidirectional extends MaskedModule {
  /** Runs from the first step. */
  readonly forwards: RecurrentLayer;
  /** Runs from the last. */
  readonly backwards: RecurrentLayer;
  /** How their outputs are joined. */
  readonly mode: JoinMode;

  /**
   * @param forwards - runs from the first step
   * @param backwards - runs from the last
   * @param mode - how their outputs are joined
   */
  constructor(forwards: RecurrentLayer, backwards: RecurrentLayer, mode: JoinMode) {
    super();
    this.forwards = forwards;
    this.backwards = backwards;
    this.mode = mode;
  }

  /** Returns the joined outputs for `x`, `[batch, steps, inputSize]`. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return tidy(() => {
      const [a, b] = [this.forwards.forward(x, mask), this.backwards.forward(x, mask)];
      return joins[this.mode](a, this.forwards.options.returnSequences ? b.flip(1) : b);
    });
  }

  maskOf(x: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return this.forwards.maskOf(x, mask);
  }
}

/** Applies a module to each step of a sequence. */
export class TimeDistributed extends Module {
  /** What is applied. */
  readonly module: Module;

  /** @param module - what is applied to each step */
  constructor(module: Module) {
    super();
    this.module = module;
  }

  /** Returns `[batch, steps, ...]` for `x`, `[batch, steps, ...]`: steps count as samples meanwhile. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const [batch, steps, ...rest] = x.shape as readonly [number, number, ...number[]];
      const y = this.module.forward(x.reshape([batch * steps, ...rest]));
      return y.reshape([batch, steps, ...y.shape.slice(1)]);
    });
  }
}
