import { Parameter, type Tensor } from "@tensorloom/tensor";

/**
 * A tensor that a module keeps and saves but does not learn, such as running statistics: in `stateDict`, not in
 * `parameters()`.
 *
 * @example
 * const seen = new ModuleBuffer(zeros([2]), "seen");
 * seen.assign(seen.value.add(1));
 * [seen.value.toString(), seen.trainable]; // => ["[1, 1]",false]
 */
export class ModuleBuffer extends Parameter {
  /**
   * @param value - the first value; the buffer takes it over
   * @param name - for messages
   */
  constructor(value: Tensor, name: string) {
    super(value, name, false);
  }
}
