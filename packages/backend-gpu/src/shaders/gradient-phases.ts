import type { ShaderModule } from "./module.ts";
import { firstTap, place, placeNumber, type WindowCode } from "./window-code.ts";

/**
 * A phase of an input: every `stride`-th place along each axis. What windows give back to its places comes through the same
 * taps, one in `stride`, so that the gradient of each phase is that of a convolution of step one with a part of the filter.
 */
export interface GradientPhase {
  /** Statements that name what the others need, of `batch`, which counts phases within groups of channels. */
  readonly prepare: string;
  /** The number of the group. */
  readonly group: string;
  /** How many places it has along each axis. */
  readonly sizes: readonly string[];
  /** How many taps hit there, along each axis. */
  readonly taps: readonly string[];
  /** The window's place over the phase's first place, by the first tap that hits. */
  readonly corners: readonly string[];
  /** The number of the tap `tap0, ...` among the filter's. */
  readonly filterTap: string;
  /** The input's place of the phase's place `${prefix}0, ...` of `batch`, by number. */
  inputPlace(prefix: string, batch: string): string;
}

/** The whole input as one phase, where all steps are one. */
export function wholePhase({ space, window, before }: WindowCode): GradientPhase {
  return {
    prepare: "",
    group: "batch",
    sizes: space,
    taps: window,
    corners: before,
    filterTap: "segment",
    inputPlace: (prefix, batch) => placeNumber(prefix, batch, space),
  };
}

/** One of many phases: along an axis, as many as a step is long. */
export function stridedPhase(module: ShaderModule, code: WindowCode): GradientPhase {
  const { rank, window, strides, dilation, before, space, tapSteps } = code;
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const counts = axes.map((a) => `min(${strides[a]}, ${space[a]})`);
  const named = (name: string): string[] => axes.map((a) => `phase_${name}${a}`);
  const lines = axes.map(
    (a) => `  let phase_size${a} = (${space[a]} - phase_${a} + ${strides[a]} - 1u) / ${strides[a]};
  let phase_first${a} = ${firstTap(module, code, a, `(phase_${a} + ${before[a]})`)};
  let phase_taps${a} = (${window[a]} - phase_first${a} + ${tapSteps[a]} - 1u) / ${tapSteps[a]};
  let phase_reach${a} = i32(phase_${a} + ${before[a]}) - i32(phase_first${a} * ${dilation[a]});
  let phase_corner${a} = u32(phase_reach${a} / i32(${strides[a]}));`,
  );
  return {
    prepare: `${place("phase_", "batch", counts)}\n${lines.join("\n")}`,
    group: "phase_batch",
    sizes: named("size"),
    taps: named("taps"),
    corners: named("corner"),
    filterTap: axes.reduce(
      (number, a) => `(${number}) * ${window[a]} + phase_first${a} + tap${a} * ${tapSteps[a]}`,
      "0u",
    ),
    inputPlace: (prefix, batch) =>
      axes.reduce(
        (number, a) => `(${number}) * ${space[a]} + phase_${a} + ${prefix}${a} * ${strides[a]}`,
        batch,
      ),
  };
}
