import type {
  ConvCall,
  ConvFilterGradientCall,
  ConvInputGradientCall,
  GemmCall,
  PoolCall,
  PoolGradientCall,
  View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { conv, convFilterGradient, convInputGradient } from "./convolution.ts";
import { gemm } from "./gemm.ts";
import { pool, poolGradient } from "./pooling.ts";
import { withWords } from "./whole-words.ts";

type Kernel<C> = (executor: Executor, call: C) => void;

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
function takingHalves<C extends object>(
  kernel: Kernel<C>,
  inputs: readonly ViewName<C>[],
  output: ViewName<C>,
  readsHalves: (executor: Executor, call: C) => boolean,
): Kernel<C> {
  return (executor, call) => {
    const viewOf = (name: ViewName<C>): View => call[name] as View;
    const isHalf = (name: ViewName<C>): boolean => viewOf(name).dtype === "float16";
    if (!isHalf(output) && !inputs.some(isHalf)) {
      kernel(executor, call);
      return;
    }
    const widened = readsHalves(executor, call) ? [] : inputs.map(viewOf);
    const made = viewOf(output);
    withWords(executor, { inputs: widened, outputs: [made], isUpdate: false }, (words) => {
      const members = words.inputs.map((view, i) => [inputs[i]!, view]);
      const wide = Object.fromEntries([...members, [output, words.outputs[0]!]]) as Partial<C>;
      kernel(executor, { ...call, ...wide });
    });
  };
}

/** Whether those who work together load an element once for all of them. */
const isShared = ({ traits }: Executor): boolean => traits.tuning.sharing === "workgroup";
/** Whether one side of a product is so short that the other's elements are loaded once or twice. */
const isSharedOrThin = (executor: Executor, { output }: GemmCall): boolean =>
  isShared(executor) || Math.min(...output.shape.slice(-2)) <= 8;
const always = (): boolean => true;

/** Those that sum products, and pool, with half floats too. */
export const withHalves: {
  readonly gemm: Kernel<GemmCall>;
  readonly conv: Kernel<ConvCall>;
  readonly convInputGradient: Kernel<ConvInputGradientCall>;
  readonly convFilterGradient: Kernel<ConvFilterGradientCall>;
  readonly pool: Kernel<PoolCall>;
  readonly poolGradient: Kernel<PoolGradientCall>;
} = {
  gemm: takingHalves(gemm, ["a", "b"], "output", isSharedOrThin),
  conv: takingHalves(conv, ["input", "filter"], "output", isShared),
  convInputGradient: takingHalves(convInputGradient, ["gradient", "filter"], "output", isShared),
  convFilterGradient: takingHalves(convFilterGradient, ["input", "gradient"], "output", isShared),
  pool: takingHalves(pool, ["input"], "output", always),
  poolGradient: takingHalves(poolGradient, ["input", "gradient"], "output", always),
};
