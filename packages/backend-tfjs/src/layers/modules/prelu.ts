import { Module } from "@tensorloom/nn";
import { Parameter, type Tensor } from "@tensorloom/tensor";

/** `max(x, 0) + slope · min(x, 0)`, with slopes that are learnt. Source: He et al. 2015, "Delving deep into rectifiers". */
export class PReLU extends Module {
  /** The slopes, of a sample's shape; axes of size 1 share them. */
  readonly weight: Parameter;

  /** @param slopes - of a sample's shape; copied */
  constructor(slopes: Tensor) {
    super();
    this.weight = new Parameter(slopes.add(0), "weight");
  }

  /** Returns the function of `x`, `[batch, ...]`. */
  forward(x: Tensor): Tensor {
    return x.maximum(0).add(x.minimum(0).mul(this.weight.value));
  }
}
