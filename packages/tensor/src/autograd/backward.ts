import { zerosLike } from "../ops/creation.ts";
import { add } from "../ops/elementwise-binary.ts";
import { inScope, tensorsIn } from "../scope.ts";
import { alias, Tensor } from "../tensor.ts";
import { activeTapes, Tape, withTapes } from "./tape.ts";

/** A function's value, and the tape on which it was recorded. */
export interface Recording {
  /** What the function gave. */
  readonly value: Tensor;
  /** How it came about; the holder releases it. */
  readonly tape: Tape;
}

/** Runs `f` on a tape of its own, beside those that record already. */
export function recordRun(f: () => Tensor, watched: readonly Tensor[]): Recording {
  const tape = new Tape();
  for (const x of watched) tape.watch(x);
  try {
    const value = inScope(() => withTapes([...activeTapes(), tape], f), tensorsIn);
    // The tape keeps what it needs, but a result that is an argument itself must have a handle of its own.
    return { value: watched.includes(value) ? alias(value) : value, tape };
  } catch (error) {
    tape.release();
    throw error;
  }
}

/**
 * Passes gradients back through the tape, from the last operation to the first.
 *
 * @param seed - the gradient to `result`, of its shape
 * @param targets - whose gradients are wanted: zeros for those that the result does not depend on
 */
export function sweep(
  tape: Tape,
  result: Tensor,
  seed: Tensor,
  targets: readonly Tensor[],
): Tensor[] {
  const gradients = new Map<number, Tensor>();
  // Those that parts alone were added to: nobody else has them, so that more can be added in place.
  const sums = new Set<number>();
  const wanted = new Set(targets.map((target) => target.id));
  gradients.set(result.id, seed);
  for (let i = tape.entries.length - 1; i >= 0; i--) {
    const { inputs, needs, output, rule } = tape.entries[i]!;
    const gradient = gradients.get(output.id);
    if (gradient === undefined) continue;
    const passed = inScope(
      () =>
        rule(
          gradient,
          inputs.map((input) => input.restore()),
          output.restore(),
          needs,
        ),
      tensorsIn,
    );
    inputs.forEach(({ id }, k) => {
      const part = passed[k];
      if (part === undefined || needs[k] !== true) return;
      const known = gradients.get(id);
      if (part instanceof Tensor) {
        sums.delete(id);
        gradients.set(id, known === undefined ? part : add(known, part));
      } else if (known === undefined) {
        sums.add(id);
        gradients.set(id, part.whole());
      } else if (sums.has(id) && activeTapes().length === 0) part.addTo(known);
      else gradients.set(id, add(known, part.whole()));
    });
    if (wanted.has(output.id)) continue;
    gradients.delete(output.id);
    // Freed early, since activations and gradients together are most of a training step's memory.
    const isShared = gradient === seed || [...gradients.values()].includes(gradient);
    if (!isShared) gradient.dispose();
  }
  return targets.map((target) => {
    const gradient = gradients.get(target.id);
    if (gradient === undefined) {
      return zerosLike(target);
    }
    // Two targets, or a target and an argument, may have the same gradient: each gets a handle of its own.
    return alias(gradient);
  });
}
