import { tidy, type Tensor } from "@tensorloom/tensor";
import { MaskedModule } from "./masked-module.ts";
import type { RecurrentLayer } from "./recurrent.ts";

/** Recurrent layers over each other: TensorFlow.js' layer of several cells. */
export class RecurrentStack extends MaskedModule {
  /** From the input up; all but the last give all steps, and only the first may run backwards. */
  readonly layers: readonly RecurrentLayer[];

  /** @param layers - from the input up; all but the last give all steps, and only the first may run backwards */
  constructor(layers: readonly RecurrentLayer[]) {
    super();
    this.layers = layers;
  }

  /** Returns the uppermost layer's output for `x`, `[batch, steps, inputSize]`. */
  forward(x: Tensor, mask?: Tensor): Tensor {
    return tidy(() => {
      const turned = this.layers[0]!.options.goBackwards ? mask?.flip(1) : mask;
      return this.layers.reduce((y, layer, i) => layer.forward(y, i === 0 ? mask : turned), x);
    });
  }

  maskOf(x: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return this.layers.at(-1)!.maskOf(x, mask);
  }
}
