import type { View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { withWords } from "./whole-words.ts";

/** The members of a call that are views. */
type ViewName<C> = {
  [K in keyof C]-?: C[K] extends View ? K : never;
}[keyof C];

/**
 * Returns a kernel that takes half floats too. It sums in float32, and its result is rounded as it is copied to its place.
 *
 * @param readsHalves - whether the kernel converts elements as it loads them; else it works on copies in float32, which is
 * quicker where each element is loaded many times
 */
export function takingHalves<C extends object>(
  kernel: (executor: Executor, call: C) => void,
  inputs: readonly ViewName<C>[],
  output: ViewName<C>,
  readsHalves: (executor: Executor, call: C) => boolean,
): (executor: Executor, call: C) => void {
  return (executor, call) => {
    const given = inputs.map((name) => call[name] as View);
    const made = call[output] as View;
    if (![...given, made].some(({ dtype }) => dtype === "float16")) {
      kernel(executor, call);
      return;
    }
    const widened = readsHalves(executor, call) ? [] : given;
    withWords(executor, { inputs: widened, outputs: [made], isUpdate: false }, (words) => {
      const members = words.inputs.map((view, i) => [inputs[i]!, view]);
      const wide = Object.fromEntries([...members, [output, words.outputs[0]!]]) as Partial<C>;
      kernel(executor, { ...call, ...wide });
    });
  };
}
