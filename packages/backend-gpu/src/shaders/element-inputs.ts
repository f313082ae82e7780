import { isContiguous, mergeLoops, type LoopNest, type View } from "@tensorloom/tensor/backend";
import { blockOf } from "../device/gpu-storage.ts";
import type { Words } from "../device/words.ts";
import type { ShaderModule } from "./module.ts";
import type { OperandCode } from "./operands.ts";
import { computedType } from "./program-code.ts";

/**
 * How four neighbouring elements of an input lie:
 * - `one`: the same element everywhere
 * - `whole`: four in a row, as in the output
 * - `row`: four in a row, at a place that the outer axes give
 * - `column`: one element for all four, at such a place
 * - `steps`: four at a distance, at such a place
 * - `each`: each at a place of its own
 */
type Lie = "one" | "whole" | "row" | "column" | "steps" | "each";

/** The inputs of kernels that compute, an invocation, four neighbouring elements `4 i` to `4 i + 3` of a shape. */
export class ElementInputs {
  /** All that {@link ElementInputs.declare} depends on. */
  readonly key: string;
  readonly #views: readonly View[];
  readonly #nest: LoopNest;
  readonly #lies: readonly Lie[];

  /**
   * @param shape - of the elements
   * @param views - of that shape, with any strides
   */
  constructor(shape: readonly number[], views: readonly View[]) {
    this.#views = views;
    this.#nest = mergeLoops(shape, views);
    const { shape: sizes, strides } = this.#nest;
    // Do four neighbours lie in one line of the innermost loop?
    const inLine = sizes.length === 1 || sizes.at(-1)! % 4 === 0;
    this.#lies = views.map((view, i) => lieOf(view, shape, strides[i]!, inLine));
    this.key = `${sizes.length} ${this.#lies.map((lie) => lieLetters[lie]).join("")}`;
  }

  /** Tells whether an input is only reached in fours. */
  isVector(i: number): boolean {
    return this.#lies[i] === "whole" || this.#lies[i] === "row";
  }

  /** Returns statements, and the expressions that they make of the inputs' four elements; `i` numbers the four. */
  declare(
    module: ShaderModule,
    codes: readonly OperandCode[],
  ): { readonly statements: string; readonly inputs: readonly string[] } {
    const rank = this.#nest.shape.length;
    const isPlaced = this.#lies.some((lie) => lie !== "one" && lie !== "whole");
    const needsLanes = this.#lies.includes("each");
    // The outermost size is not needed: what is left of the index is its coordinate.
    const sizes = isPlaced ? module.wordList(rank - 1) : [];
    const lines: string[] = [];
    if (isPlaced && !needsLanes) lines.push(...coordinates("c", "(i * 4u)", sizes));
    if (needsLanes) {
      for (let lane = 0; lane < 4; lane++) {
        lines.push(...coordinates(`c${lane}_`, `(i * 4u + ${lane}u)`, sizes));
      }
    }
    const inputs = this.#views.map((view, v) => {
      const code = codes[v]!;
      const lie = this.#lies[v]!;
      const type = computedType(view.dtype, 4);
      const offset = module.word();
      if (lie === "one") return `${type}(${code.load(offset)})`;
      if (lie === "whole") return code.loadVector(`(${offset} + i)`);
      const strides = module.wordList(rank);
      const at = (prefix: string, count: number): string =>
        [offset, ...strides.slice(0, count).map((s, axis) => `${prefix}${axis} * ${s}`)].join(
          " + ",
        );
      if (lie === "each") {
        const loads = [0, 1, 2, 3].map((lane) => code.load(`(${at(`c${lane}_`, rank)})`));
        return `${type}(${loads.join(", ")})`;
      }
      lines.push(`  let at${v} = ${at("c", lie === "column" ? rank - 1 : rank)};`);
      if (lie === "row") return code.loadVector(`(at${v} >> 2u)`);
      if (lie === "column") return `${type}(${code.load(`at${v}`)})`;
      const inner = strides[rank - 1]!;
      const loads = [0, 1, 2, 3].map((lane) => code.load(`(at${v} + ${lane}u * ${inner})`));
      return `${type}(${loads.join(", ")})`;
    });
    return { statements: lines.join("\n"), inputs };
  }

  /** Adds the uniforms in the order in which {@link ElementInputs.declare} declared them. */
  push(words: Words): void {
    const { shape, strides } = this.#nest;
    const lies = this.#lies;
    for (const lie of lies) {
      if (lie === "one" || lie === "whole") continue;
      for (let axis = 1; axis < shape.length; axis++) words.integer(shape[axis]!);
      break;
    }
    for (let v = 0; v < lies.length; v++) {
      const { offset } = this.#views[v]!;
      const lie = lies[v];
      words.integer(lie === "whole" ? offset / 4 : offset);
      if (lie !== "one" && lie !== "whole") words.integers(strides[v]!);
    }
  }
}

const lieLetters: Readonly<Record<Lie, string>> = {
  one: "o",
  whole: "w",
  row: "r",
  column: "c",
  steps: "s",
  each: "e",
};

function lieOf(
  view: View,
  shape: readonly number[],
  strides: readonly number[],
  inLine: boolean,
): Lie {
  if (strides.every((stride) => stride === 0)) return "one";
  // A vector at the end may reach into padding, which a caller's buffer need not have.
  const isPadded = blockOf(view).buffer.size % 16 === 0;
  const isAligned = view.offset % 4 === 0 && isPadded;
  if (isAligned && isContiguous(shape, view.strides)) return "whole";
  if (!inLine) return "each";
  const inner = strides.at(-1)!;
  if (inner === 0) return "column";
  const areFours = strides.every((stride, axis) => axis === strides.length - 1 || stride % 4 === 0);
  if (inner === 1 && isAligned && areFours) return "row";
  return "steps";
}

/** Statements that take an index apart; the innermost coordinate comes last. */
export function coordinates(
  prefix: string,
  index: string,
  innerSizes: readonly string[],
): string[] {
  const rank = innerSizes.length + 1;
  const lines: string[] = [];
  let rest = index;
  for (let axis = rank - 1; axis > 0; axis--) {
    const size = innerSizes[axis - 1]!;
    lines.push(`  let ${prefix}${axis} = ${rest} % ${size};`);
    lines.push(`  let ${prefix}r${axis} = ${rest} / ${size};`);
    rest = `${prefix}r${axis}`;
  }
  lines.push(`  let ${prefix}0 = ${rest};`);
  return lines;
}
