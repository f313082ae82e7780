import { ArgumentError, stack, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/** How the outputs of an ensemble's members become one. */
export type Combination =
  /** Their mean. */
  | "outputs"
  /** The logarithm of the mean of their probabilities: logits of a mixture, for classifiers. */
  | "probabilities";

/**
 * Models that answer together.
 *
 * @example
 * const [low, high] = [1, 3].map((factor) => new Activation((x) => x.mul(factor)));
 * new Ensemble([low, high]).forward(tensor([1, 2])).toString(); // => [2, 4]
 */
export class Ensemble extends Module {
  /** The models. */
  readonly members: readonly Module[];
  readonly #combine: Combination;

  /**
   * @param members - give outputs of one shape
   * @param options - `combine`: `"outputs"` by default
   * @throws `ArgumentError` if there are none
   */
  constructor(members: readonly Module[], options: { readonly combine?: Combination } = {}) {
    super();
    if (members.length === 0) {
      throw new ArgumentError("Ensemble: members: expected at least one model, got none");
    }
    this.members = members;
    this.#combine = options.combine ?? "outputs";
  }

  /**
   * Returns what the members say together.
   *
   * @param x - what each takes
   */
  forward(x: Tensor): Tensor {
    const outputs = stack(this.members.map((member) => member.forward(x)));
    if (this.#combine === "outputs") return outputs.mean(0);
    return outputs.logSoftmax(-1).logsumexp(0).sub(Math.log(this.members.length));
  }
}
