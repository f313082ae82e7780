import { getState, withGeneratorState } from "../random/generator.ts";
import { inScope, tensorsIn } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { recordRun, sweep } from "./backward.ts";
import type { DifferentiableFunction } from "./grad.ts";
import { stopGradient } from "./stop-gradient.ts";
import { activeTapes, record, withTapes, type Recorder } from "./tape.ts";

/**
 * Returns `f` such that gradients compute it again instead of keeping what it makes on the way: less memory for one more
 * run of `f`.
 *
 * Gradients reach the arguments and whatever else `f` uses, such as parameters, which must not change before the
 * backward pass. Random numbers are drawn again as they were.
 *
 * @param f - gives a tensor; must be synchronous, and do the same when it runs again
 *
 * Source: Chen et al. 2016, "Training deep nets with sublinear memory cost".
 *
 * @example
 * const block = checkpoint((x) => x.mul(x).exp());
 * grad((x) => block(x).sum())(tensor([0, 1])).toString() === grad((x) => x.mul(x).exp().sum())(tensor([0, 1])).toString(); // => true
 */
export function checkpoint(f: DifferentiableFunction): (...xs: Tensor[]) => Tensor {
  return (...xs) => {
    const tapes = activeTapes();
    if (tapes.length === 0) return f(...xs);
    const drawn = getState();
    const watcher = new SourceWatcher(tapes);
    const value = inScope(
      // Another value to the tapes, though it may be an argument itself.
      () => stopGradient(withTapes([watcher], () => f(...xs))),
      tensorsIn,
    );
    const sources = [...watcher.sources.values()].filter((source) => !xs.includes(source));
    return record("checkpoint", [...xs, ...sources], value, (gradient, saved, _, needs) => {
      const wanted = saved.filter((_source, i) => needs[i]);
      const again = withGeneratorState(drawn, () =>
        recordRun(() => f(...saved.slice(0, xs.length)), wanted),
      );
      try {
        const gradients = sweep(again.tape, again.value, gradient, wanted);
        return saved.map((source) => gradients[wanted.indexOf(source)]);
      } finally {
        again.tape.release();
      }
    });
  };
}

/** Sees which values from outside, on which gradients depend, a function uses; keeps nothing that it makes. */
class SourceWatcher implements Recorder {
  /** By id. */
  readonly sources = new Map<number, Tensor>();
  readonly #outer: readonly Recorder[];
  readonly #inside = new Set<number>();

  constructor(outer: readonly Recorder[]) {
    this.#outer = outer;
  }

  tracks(id: number): boolean {
    return this.#inside.has(id) || this.#outer.some((tape) => tape.tracks(id));
  }

  add(_operation: string, inputs: readonly Tensor[], output: Tensor): void {
    const used = inputs.filter(({ id }) => this.tracks(id));
    if (used.length === 0) return;
    this.#inside.add(output.id);
    for (const input of used) {
      if (!this.#inside.has(input.id)) this.sources.set(input.id, input);
    }
  }
}
