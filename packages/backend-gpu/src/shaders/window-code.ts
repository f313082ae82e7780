import type { WindowParameters } from "@tensorloom/tensor/backend";
import type { Words } from "../device/words.ts";
import type { ShaderModule } from "./module.ts";

/** The geometry of a moving window, one entry a spatial axis. */
export interface WindowGeometry extends Pick<WindowParameters, "strides" | "dilation" | "padding"> {
  /** The window's sizes. */
  readonly window: readonly number[];
  /** Sizes of the space under the window. */
  readonly space: readonly number[];
  /** Sizes of the space of the window's places. */
  readonly outSpace: readonly number[];
}

/** A geometry's uniforms: one name an axis each. */
export interface WindowCode {
  readonly rank: number;
  readonly window: readonly string[];
  readonly strides: readonly string[];
  readonly dilation: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly space: readonly string[];
  readonly outSpace: readonly string[];
  /** From one tap that hits a place to the next: the others fall between two windows' steps. */
  readonly tapSteps: readonly string[];
  /** From the window's place that hits by a tap back to that which hits by the next. */
  readonly windowSteps: readonly string[];
}

/** Declares the uniforms that {@link pushWindow} writes. */
export function declareWindow(module: ShaderModule, rank: number): WindowCode {
  const list = (): string[] => module.wordList(rank);
  return {
    rank,
    window: list(),
    strides: list(),
    dilation: list(),
    before: list(),
    after: list(),
    space: list(),
    outSpace: list(),
    tapSteps: list(),
    windowSteps: list(),
  };
}

/** Adds a geometry's uniforms. */
export function pushWindow(words: Words, geometry: WindowGeometry): void {
  const { window, strides, dilation, padding, space, outSpace } = geometry;
  words.integers(window).integers(strides).integers(dilation);
  for (const [before] of padding) words.integer(before);
  for (const [, after] of padding) words.integer(after);
  words.integers(space).integers(outSpace);
  const shared = strides.map((stride, axis) => greatestDivisor(stride, dilation[axis]!));
  words.integers(strides.map((stride, axis) => stride / shared[axis]!));
  words.integers(dilation.map((step, axis) => step / shared[axis]!));
}

/** Returns how many taps of a window hit a place at most, one entry an axis; the others fall between two windows' steps. */
export function mostHits({ window, strides, dilation }: WindowGeometry): number[] {
  return window.map((taps, axis) =>
    Math.ceil((taps * greatestDivisor(strides[axis]!, dilation[axis]!)) / strides[axis]!),
  );
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/**
 * Returns the first tap along an axis that hits a place at `reach`, counted from where the padding begins: the window's size
 * for none.
 */
export function firstTap(
  module: ShaderModule,
  { window, strides, dilation }: WindowCode,
  axis: number,
  reach: string,
): string {
  module.define(
    "first_tap",
    `fn first_tap(reach: u32, stride: u32, dilation: u32, window: u32) -> u32 {
  let wanted = reach % stride;
  if (dilation == 1u) { return min(wanted, window); }
  var tap = 0u;
  while (tap < window) {
    if ((tap * dilation) % stride == wanted) { break; }
    tap++;
  }
  return tap;
}`,
  );
  return `first_tap(${reach}, ${strides[axis]}, ${dilation[axis]}, ${window[axis]})`;
}

/**
 * Returns loops over the taps of the window at out place `o0, o1, ...`: inside them are `p0, p1, ...`, the places under
 * the window (below zero they wrap), `tap`, its row-major number, and `inside`, whether the place is within the space.
 */
export function tapLoops(code: WindowCode, body: string): string {
  const axes = Array.from({ length: code.rank }, (_, axis) => axis);
  const open = axes.map(
    (a) => `for (var t${a} = 0u; t${a} < ${code.window[a]}; t${a}++) {
    let p${a} = o${a} * ${code.strides[a]} + t${a} * ${code.dilation[a]} - ${code.before[a]};`,
  );
  const inside = axes.map((a) => `(p${a} < ${code.space[a]})`).join(" & ");
  return `${open.join("\n")}
    let tap = ${tapNumber(code)};
    let inside = ${inside};
${body}
${"}".repeat(code.rank)}`;
}

/**
 * Returns loops over the windows that lie over place `p0, p1, ...`: inside them are `o0, o1, ...`, the windows' places, and
 * `tap`, the number of the tap that lies there. No other tap is visited.
 */
export function windowLoops(module: ShaderModule, code: WindowCode, body: string): string {
  const axes = Array.from({ length: code.rank }, (_, axis) => axis);
  const reaches = axes.map((a) => `  let q${a} = p${a} + ${code.before[a]};`);
  const open = axes.map(
    (a) => `for (var t${a} = first${a}; t${a} < ${code.window[a]}; t${a} += ${code.tapSteps[a]}) {
    if (t${a} * ${code.dilation[a]} > q${a}) { break; }
    let o${a} = (q${a} - t${a} * ${code.dilation[a]}) / ${code.strides[a]};
    if (o${a} >= ${code.outSpace[a]}) { continue; }`,
  );
  return `${reaches.join("\n")}
${axes.map((a) => `  let first${a} = ${firstTap(module, code, a, `q${a}`)};`).join("\n")}
${open.join("\n")}
    let tap = ${tapNumber(code)};
${body}
${"}".repeat(code.rank)}`;
}

function tapNumber({ rank, window }: WindowCode): string {
  let text = "t0";
  for (let a = 1; a < rank; a++) text = `(${text}) * ${window[a]} + t${a}`;
  return text;
}

/** Returns the row-major number of a place in a space, from coordinates that begin with `prefix`. */
export function placeNumber(prefix: string, first: string, sizes: readonly string[]): string {
  return sizes.reduce((number, size, a) => `(${number}) * ${size} + ${prefix}${a}`, first);
}

/** Statements that take `number` apart into coordinates `${prefix}0, ...`, and what is left into `${prefix}batch`. */
export function place(prefix: string, number: string, sizes: readonly string[]): string {
  const lines = [`  var ${prefix}batch = ${number};`];
  for (let a = sizes.length - 1; a >= 0; a--) {
    lines.push(`  let ${prefix}${a} = ${prefix}batch % ${sizes[a]!};`);
    lines.push(`  ${prefix}batch /= ${sizes[a]!};`);
  }
  return lines.join("\n");
}
