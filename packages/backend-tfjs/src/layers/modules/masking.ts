import { Embedding } from "@tensorloom/nn";
import type { Tensor } from "@tensorloom/tensor";
import { MaskedModule } from "./masked-module.ts";

/** Says that steps count of which any element differs from a value; the others become zeros. */
export class Masking extends MaskedModule {
  /** What steps that do not count are made of. */
  readonly value: number;

  /** @param value - what steps that do not count are made of */
  constructor(value: number) {
    super();
    this.value = value;
  }

  /** Returns `x`, `[batch, steps, features]`, with zeros in the steps that do not count. */
  forward(x: Tensor): Tensor {
    return x.mul(this.maskOf(x).expandDims(-1).astype(x.dtype));
  }

  maskOf(x: Tensor): Tensor {
    return x.notEqual(this.value).any(-1);
  }
}

/** nn's Embedding for numbers of any dtype, as layers of TensorFlow.js take them; they are cut to whole ones. */
export class LookUp extends MaskedModule {
  /** Holds the vectors. */
  readonly embedding: Embedding;
  /** Whether zeros do not count. */
  readonly masksZero: boolean;

  /**
   * @param weight - `[count, size]`: the vectors
   * @param masksZero - whether zeros do not count
   */
  constructor(weight: Tensor, masksZero: boolean) {
    super();
    const [count, size] = weight.shape as readonly [number, number];
    this.embedding = new Embedding(count, size);
    this.embedding.loadStateDict({ weight });
    this.masksZero = masksZero;
  }

  /** Returns `[...shape of x, size]`. */
  forward(x: Tensor): Tensor {
    return this.embedding.forward(x.astype("int32"));
  }

  maskOf(x: Tensor): Tensor | undefined {
    return this.masksZero ? x.notEqual(0) : undefined;
  }
}
