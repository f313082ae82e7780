import { UnsupportedError } from "@tensorloom/tensor";
import type { Config } from "../config.ts";
import type { LayerKind } from "../layer-kind.ts";
import { Permute } from "../modules/rearranging.ts";

/** Whether the channels of a layer's samples come before their other axes. */
export function isChannelsFirst(config: Config): boolean {
  const orders = ["channels_last", "channels_first"] as const;
  return config.choice("data_format", orders, "channels_last") === "channels_first";
}

/** Returns what puts one of a sample's axes, counted from 1, behind the others. */
export function toLast(axis: number, axes: number): Permute {
  return new Permute([...axesBut(axis, axes), axis]);
}

/** Returns what puts the last of a sample's axes where it was before. */
export function fromLast(axis: number, axes: number): Permute {
  const order = axesBut(axes, axes);
  order.splice(axis - 1, 0, axes);
  return new Permute(order);
}

/** Returns how many axes a layer's input has. @throws `UnsupportedError` where its model does not say */
export function knownRank({ place }: Config, rank: number): number {
  if (!Number.isNaN(rank)) return rank;
  throw new UnsupportedError(
    `fromTfjsLayers: ${place}: expected an input whose axes are known, got none; try an InputLayer with batch_input_shape`,
  );
}

function axesBut(left: number, axes: number): number[] {
  return Array.from({ length: axes }, (_, i) => i + 1).filter((axis) => axis !== left);
}

/**
 * Returns a kind whose channels may come first: ours come last, so they are put there and back. Its first module is the layer, what
 * follows its activation.
 *
 * @param axes - the spatial axes
 */
export function inEitherOrder(axes: number, kind: LayerKind): LayerKind {
  return {
    ...kind,
    build(parts) {
      const modules = kind.build(parts);
      if (!isChannelsFirst(parts.config)) return modules;
      const [layer, ...activation] = modules;
      // Where axes go, nothing is to be put back.
      const back = kind.rank === undefined ? [fromLast(1, axes + 1)] : [];
      return [toLast(1, axes + 1), layer!, ...back, ...activation];
    },
  };
}
