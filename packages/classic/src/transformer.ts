import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind } from "./estimator.ts";
import type { TransformerModel } from "./fitted-model.ts";
import type { Samples, Targets } from "./inputs.ts";
import type { LongWork } from "./parallel/pacer.ts";

/** What every transformer of this package does: it learns how to make features of other features. */
export abstract class Transformer<
  Options extends object,
  Fitted extends TransformerModel<object, Input>,
  Input = Samples,
> extends Estimator<Options, Fitted, Input> {
  override readonly kind: EstimatorKind = "transformer";

  /**
   * Fits on samples and resolves to what the model makes of them; the model itself is given up.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, for those that look at them
   * @param options - as for `fit`
   * @returns `[samples, newFeatures]`
   */
  async fitTransform(x: Input, y?: Targets, options?: LongWork): Promise<Tensor> {
    using model = await this.fit(x, y, options);
    return await model.transform(x);
  }
}
