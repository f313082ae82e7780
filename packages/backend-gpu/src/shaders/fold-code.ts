import type { ReduceOperator } from "@tensorloom/tensor/backend";
import { call } from "./functions.ts";
import { useSubgroups } from "./subgroups.ts";
import { typeNames, type Width } from "./type-names.ts";
import type { ShaderModule } from "./module.ts";

/** Writes the accumulators of a fold: one, or for the place of an extreme its key and its index. */
export interface FoldCode {
  /** Declares fresh accumulators whose names begin with `prefix`. */
  declare(prefix: string): string;
  /** Takes an element into them: its value, of the accumulators' type, and its index among those folded. */
  take(prefix: string, value: string, index: string): string;
  /** Takes other accumulators into them. */
  merge(prefix: string, other: string): string;
  /** Declares scalar accumulators that hold what the vector ones do. */
  narrow(prefix: string, from: string): string;
  /** Takes those of so many neighbours of a subgroup into scalar ones; all of them then hold the same. */
  acrossLanes(prefix: string, lanes: number): string;
  /** The accumulators' values, in the order in which they are stored. */
  values(prefix: string): readonly string[];
}

/** Tells whether an operator asks for the place of an extreme. */
export function isPlace(operator: ReduceOperator): operator is "argmax" | "argmin" {
  return operator === "argmax" || operator === "argmin";
}

/** Returns a fold's code: `type` is that in which it accumulates. */
export function foldCode(
  module: ShaderModule,
  operator: ReduceOperator,
  type: "f32" | "i32",
  width: Width,
): FoldCode {
  if (isPlace(operator)) return new PlaceFold(module, width);
  return new ValueFold(module, operator, type, width);
}

const empty: Readonly<Record<string, string>> = { sum: "0", prod: "1", any: "0", all: "1" };

class ValueFold implements FoldCode {
  readonly #module: ShaderModule;
  readonly #operator: ReduceOperator;
  readonly #type: "f32" | "i32";
  readonly #width: Width;

  constructor(module: ShaderModule, operator: ReduceOperator, type: "f32" | "i32", width: Width) {
    this.#module = module;
    this.#operator = operator;
    this.#type = type;
    this.#width = width;
  }

  declare(prefix: string): string {
    const { F, I } = typeNames(this.#width);
    return `var ${prefix}: ${this.#type === "f32" ? F : I} = ${this.#start()};`;
  }

  #start(): string {
    const { F, I } = typeNames(this.#width);
    const type = this.#type === "f32" ? F : I;
    const known = empty[this.#operator];
    if (known !== undefined) return `${type}(${known})`;
    const isMax = this.#operator === "max";
    if (this.#type === "i32") return `${I}(${isMax ? -2147483648 : 2147483647})`;
    return `${F}(${isMax ? "-" : ""}${call(this.#module, this.#width, "infinity", [])})`;
  }

  #combined(a: string, b: string, width: Width): string {
    const operator = this.#operator;
    if (operator === "sum") return `${a} + ${b}`;
    if (operator === "prod") return `${a} * ${b}`;
    const isMax = operator === "max" || operator === "any";
    if (this.#type === "i32") return `${isMax ? "max" : "min"}(${a}, ${b})`;
    const name = isMax ? "maximum" : "minimum";
    if (width === this.#width) return call(this.#module, width, name, [a, b]);
    // A scalar among vectors: widened, so that one function does for both.
    return `${call(this.#module, 4, name, [`vec4f(${a})`, `vec4f(${b})`])}.x`;
  }

  take(prefix: string, value: string): string {
    return `${prefix} = ${this.#combined(prefix, value, this.#width)};`;
  }

  merge(prefix: string, other: string): string {
    return this.take(prefix, other);
  }

  narrow(prefix: string, from: string): string {
    return `var ${prefix}_a = ${this.#combined(`${from}.x`, `${from}.y`, 1)};
  var ${prefix}_b = ${this.#combined(`${from}.z`, `${from}.w`, 1)};
  var ${prefix} = ${this.#combined(`${prefix}_a`, `${prefix}_b`, 1)};`;
  }

  acrossLanes(prefix: string, lanes: number): string {
    return swaps(this.#module, lanes, (swapped) => {
      return `${prefix} = ${this.#combined(prefix, swapped(prefix), 1)};`;
    });
  }

  values(prefix: string): readonly string[] {
    return [prefix];
  }
}

/** Statements for each power of two below `lanes`; `swapped` is the value of the neighbour at that distance. */
function swaps(
  module: ShaderModule,
  lanes: number,
  text: (swapped: (value: string) => string) => string,
): string {
  useSubgroups(module);
  const lines: string[] = [];
  for (let distance = 1; distance < lanes; distance *= 2) {
    lines.push(text((value) => `subgroupShuffleXor(${value}, ${distance}u)`));
  }
  return lines.join("\n");
}

/** The largest key, and of equal ones the first. */
class PlaceFold implements FoldCode {
  readonly #module: ShaderModule;
  readonly #width: Width;

  constructor(module: ShaderModule, width: Width) {
    this.#module = module;
    this.#width = width;
  }

  declare(prefix: string): string {
    const { U } = typeNames(this.#width);
    return `var ${prefix}_key = ${U}(0u); var ${prefix}_at = ${U}(0xffffffffu);`;
  }

  take(prefix: string, key: string, index: string): string {
    return `{
      let key = ${key};
      let at = ${index};
      let wins = (key > ${prefix}_key) | ((key == ${prefix}_key) & (at < ${prefix}_at));
      ${prefix}_key = select(${prefix}_key, key, wins);
      ${prefix}_at = select(${prefix}_at, at, wins);
    }`;
  }

  merge(prefix: string, other: string): string {
    return this.take(prefix, `${other}_key`, `${other}_at`);
  }

  narrow(prefix: string, from: string): string {
    return `var ${prefix}_key = ${from}_key.x; var ${prefix}_at = ${from}_at.x;
  for (var l = 1u; l < 4u; l++) ${this.take(prefix, `${from}_key[l]`, `${from}_at[l]`)}`;
  }

  acrossLanes(prefix: string, lanes: number): string {
    return swaps(this.#module, lanes, (swapped) =>
      this.take(prefix, swapped(`${prefix}_key`), swapped(`${prefix}_at`)),
    );
  }

  values(prefix: string): readonly string[] {
    return [`${prefix}_key`, `${prefix}_at`];
  }
}
