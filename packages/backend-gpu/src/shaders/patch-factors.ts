import { eachOf } from "./factors.ts";
import type { OperandCode } from "./operands.ts";
import type { LeftFactor } from "./product-code.ts";
import type { GradientPhase } from "./gradient-phases.ts";
import { place, placeNumber, type WindowCode } from "./window-code.ts";

// Places are u32: below zero they wrap, and lie far beyond any space. Conditions are joined by &, which does not branch: the
// compilers of software adapters take minutes and gigabytes for some hundred branches.

/** What a convolution's left factor is made of: names of uniforms, and where its elements lie. */
interface PatchCode {
  readonly code: OperandCode;
  readonly window: WindowCode;
  /** Whether four neighbouring channels are one vector. */
  readonly inFours: boolean;
  /** How many rows an invocation loads. */
  readonly rows: number;
  /** Channels of a place in memory. */
  readonly channels: string;
  /** Where the group's channels of the first place begin. */
  readonly base: string;
}

function axesOf({ rank }: WindowCode): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** The elements of a row's place: zero outside of the space. */
function channelFragment({ code, inFours, rows }: PatchCode): LeftFactor["fragment"] {
  return (count, k) => {
    if (inFours && count === 4) {
      return {
        statements: eachOf(
          rows,
          (i) =>
            `let a${i} = select(vec4f(0.0), ${code.loadVector(`(left${i} + ${k}) >> 2u`)}, inside${i});`,
        ),
        element: (i, kk) => `a${i}[${kk}]`,
      };
    }
    return {
      statements: eachOf(count, (kk) =>
        eachOf(
          rows,
          (i) =>
            `let a${i}_${kk} = select(0.0, ${code.load(`(left${i} + ${k} + ${kk}u)`)}, inside${i});`,
        ),
      ),
      element: (i, kk) => `a${i}_${kk}`,
    };
  };
}

/** The patches of a convolution's input: a row a place of the output, a segment a tap, the depth its channels. */
export function inputPatches(patch: PatchCode): LeftFactor {
  const { window, rows, channels, base } = patch;
  const axes = axesOf(window);
  return {
    alongDepth: true,
    setup: (row) =>
      eachOf(rows, (i) => {
        const corners = axes.map(
          (a) =>
            `  let corner${i}_${a} = place${i}_${a} * ${window.strides[a]} - ${window.before[a]};`,
        );
        return `${place(`place${i}_`, row(i), window.outSpace)}\n${corners.join("\n")}`;
      }),
    segment: () =>
      `${place("tap", "segment", window.window)}\n${eachOf(rows, (i) => {
        const at = axes.map(
          (a) => `let at${i}_${a} = corner${i}_${a} + tap${a} * ${window.dilation[a]};`,
        );
        const inside = axes.map((a) => `(at${i}_${a} < ${window.space[a]})`);
        const number = placeNumber(`at${i}_`, `place${i}_batch`, window.space);
        return `${at.join(" ")}
    let inside${i} = ${inside.join(" & ")};
    let left${i} = ${base} + select(0u, (${number}) * ${channels}, inside${i});`;
      })}`,
    fragment: channelFragment(patch),
  };
}

/**
 * The patches of an input of few channels: a row a place of the output, a segment a line of the window, the depth that line's
 * elements, channels and all, which lie one after the other.
 */
export function linePatches(patch: PatchCode): LeftFactor {
  const { code, window, rows, channels, base } = patch;
  const last = window.rank - 1;
  const outer = axesOf(window).slice(0, -1);
  const line = `${window.space[last]} * ${channels}`;
  return {
    alongDepth: true,
    setup: (row) =>
      eachOf(rows, (i) => {
        const corners = outer.map(
          (a) =>
            `  let corner${i}_${a} = place${i}_${a} * ${window.strides[a]} - ${window.before[a]};`,
        );
        const first = `(place${i}_${last} * ${window.strides[last]} - ${window.before[last]})`;
        return `${place(`place${i}_`, row(i), window.outSpace)}
${corners.join("\n")}
  let first${i} = ${first} * ${channels};`;
      }),
    segment: () =>
      `${place("tap", "segment", window.window.slice(0, -1))}\n${eachOf(rows, (i) => {
        const at = outer.map(
          (a) => `let at${i}_${a} = corner${i}_${a} + tap${a} * ${window.dilation[a]};`,
        );
        const inside = outer.map((a) => `(at${i}_${a} < ${window.space[a]})`);
        const number = placeNumber(`at${i}_`, `place${i}_batch`, window.space.slice(0, -1));
        return `${at.join(" ")}
    let inside${i} = ${inside.length === 0 ? "true" : inside.join(" & ")};
    let left${i} = ${base} + select(0u, (${number}) * ${line}, inside${i});`;
      })}`,
    fragment: (count, k) => ({
      statements: eachOf(count, (kk) =>
        eachOf(rows, (i) => {
          const x = `x${i}_${kk}`;
          const isIn = `(inside${i} & (${x} < ${line}))`;
          return `let ${x} = first${i} + ${k} + ${kk}u;
      let a${i}_${kk} = select(0.0, ${code.load(`(left${i} + select(0u, ${x}, ${isIn}))`)}, ${isIn});`;
        }),
      ),
      element: (i, kk) => `a${i}_${kk}`,
    }),
  };
}

/**
 * The gradient's places over an input's: a row a place of one phase of the input, a segment a tap that hits there, the depth
 * the output's channels. Segments name `filter_tap`, the tap's number.
 */
export function gradientPatches(patch: PatchCode & { readonly phase: GradientPhase }): LeftFactor {
  const { window, rows, channels, base, phase } = patch;
  const axes = axesOf(window);
  return {
    alongDepth: true,
    setup: (row) =>
      eachOf(rows, (i) => {
        const corners = axes.map(
          (a) => `  let corner${i}_${a} = place${i}_${a} + ${phase.corners[a]};`,
        );
        return `${place(`place${i}_`, row(i), phase.sizes)}\n${corners.join("\n")}`;
      }),
    segment: () =>
      `${place("tap", "segment", phase.taps)}
  let filter_tap = ${phase.filterTap};
${eachOf(rows, (i) => {
  const at = axes.map(
    (a) => `let at${i}_${a} = corner${i}_${a} - tap${a} * ${window.windowSteps[a]};`,
  );
  // Below zero it wraps, and lies far beyond the space.
  const inside = axes.map((a) => `(at${i}_${a} < ${window.outSpace[a]})`);
  const number = placeNumber(`at${i}_`, `place${i}_batch`, window.outSpace);
  return `${at.join(" ")}
    let inside${i} = ${inside.join(" & ")};
    let left${i} = ${base} + select(0u, (${number}) * ${channels}, inside${i});`;
})}`,
    fragment: channelFragment(patch),
  };
}

/**
 * The transposed patches of a convolution's input: a row a tap and a channel, a segment a line of the output, the depth the
 * line's places. Where channels lie in fours, so do rows.
 */
export function filterGradientPatches(
  patch: PatchCode & { readonly perGroup: string },
): LeftFactor {
  const { code, window, inFours, rows, channels, base, perGroup } = patch;
  const axes = axesOf(window);
  const last = window.rank - 1;
  const outer = axes.slice(0, -1);
  const step = inFours ? 4 : 1;
  const members = rows / step;
  return {
    alongDepth: false,
    setup: (row) =>
      eachOf(members, (q) => {
        const number = row(step * q);
        return `  let channel${q} = ${number} % ${perGroup};
${place(`tap${q}_`, `${number} / ${perGroup}`, window.window)}
  let shift${q} = tap${q}_${last} * ${window.dilation[last]} - ${window.before[last]};`;
      }),
    segment: () => {
      const line = place("line", "segment", window.outSpace.slice(0, -1));
      return `${line}\n${eachOf(members, (q) => {
        const at = outer.map(
          (a) =>
            `let at${q}_${a} = line${a} * ${window.strides[a]} + tap${q}_${a} * ${window.dilation[a]} - ${window.before[a]};`,
        );
        const inside = outer.map((a) => `(at${q}_${a} < ${window.space[a]})`);
        const number = placeNumber(`at${q}_`, "linebatch", window.space.slice(0, -1));
        return `${at.join(" ")}
    let inside${q} = ${inside.length === 0 ? "true" : inside.join(" & ")};
    let left${q} = ${base} + channel${q} + select(0u, (${number}) * ${window.space[last]} * ${channels}, inside${q});`;
      })}`;
    },
    fragment: (count, k) => ({
      statements: eachOf(count, (kk) =>
        eachOf(members, (q) => {
          const x = `x${q}_${kk}`;
          const isIn = `(inside${q} & (${x} < ${window.space[last]}))`;
          const at = `(left${q} + select(0u, ${x}, ${isIn}) * ${channels})`;
          const value = inFours ? code.loadVector(`${at} >> 2u`) : code.load(at);
          const zero = inFours ? "vec4f(0.0)" : "0.0";
          return `let ${x} = (${k} + ${kk}u) * ${window.strides[last]} + shift${q};
      let a${q}_${kk} = select(${zero}, ${value}, ${isIn});`;
        }),
      ),
      element: (i, kk) => (inFours ? `a${i >> 2}_${kk}[${i & 3}]` : `a${i}_${kk}`),
    }),
  };
}
