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
  };
}

/** Adds a geometry's uniforms. */
export function pushWindow(words: Words, geometry: WindowGeometry): void {
  const { window, strides, dilation, padding, space, outSpace } = geometry;
  words.integers(window).integers(strides).integers(dilation);
  for (const [before] of padding) words.integer(before);
  for (const [, after] of padding) words.integer(after);
  words.integers(space).integers(outSpace);
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
 * `tap`, the number of the tap that lies there.
 */
export function windowLoops(code: WindowCode, body: string): string {
  const axes = Array.from({ length: code.rank }, (_, axis) => axis);
  const open = axes.map(
    (a) => `for (var t${a} = 0u; t${a} < ${code.window[a]}; t${a}++) {
    let q${a} = p${a} + ${code.before[a]} - t${a} * ${code.dilation[a]};
    let o${a} = q${a} / ${code.strides[a]};
    if ((q${a} >= 0x80000000u) | (o${a} * ${code.strides[a]} != q${a}) | (o${a} >= ${code.outSpace[a]})) { continue; }`,
  );
  return `${open.join("\n")}
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
