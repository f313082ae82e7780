import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/**
 * Modules one after another. Their parameters are named by place, as in PyTorch: `0.weight`.
 *
 * @example
 * const model = new Sequential(new Linear(4, 8), new ReLU(), new Linear(8, 2));
 * model.forward(ones([3, 4])).shape; // => [3,2]
 */
export class Sequential extends Module {
  /** The modules, in order. */
  readonly layers: readonly Module[];

  /** @param layers - in order; also as one array */
  constructor(...layers: readonly Module[] | readonly [readonly Module[]]) {
    super();
    const list = layers.flat();
    list.forEach((layer, i) => {
      if (layer instanceof Module) return;
      throw new ArgumentError(`Sequential: layer ${i}: expected a module, got ${typeof layer}`);
    });
    this.layers = list;
  }

  protected override fields(): [name: string, value: unknown][] {
    return super
      .fields()
      .flatMap(([name, value]) =>
        name === "layers" ? Object.entries(this.layers) : [[name, value]],
      );
  }

  /**
   * Returns what the last module makes of what those before it make.
   *
   * @param x - what the first module takes
   */
  forward(x: Tensor): Tensor {
    return this.layers.reduce((input, layer) => layer.forward(input), x);
  }
}
