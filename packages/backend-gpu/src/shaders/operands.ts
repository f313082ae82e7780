import type { DType, View } from "@tensorloom/tensor/backend";
import type { Block } from "../device/buffer-pool.ts";
import { blockOf } from "../device/gpu-storage.ts";
import { addHalfFunctions } from "./half-floats.ts";
import { isBytes, isPacked, wordType, type ShaderModule } from "./module.ts";

/** A view that a shader reads or writes. */
export interface Operand {
  readonly view: Pick<View, "storage" | "dtype">;
  /** Whether it is written. */
  readonly isOutput: boolean;
  /** Whether it is only reached in whole vectors of four elements. */
  readonly isVector: boolean;
}

/** The buffers behind several views: each is bound once, since WGSL forbids two names for memory that is written. */
export class Operands {
  /** One a binding. */
  readonly blocks: readonly Block[];
  /** All that the declarations depend on. */
  readonly key: string;
  readonly #operands: readonly Operand[];
  readonly #groups: readonly number[];

  /** @param operands - in any order */
  constructor(operands: readonly Operand[]) {
    this.#operands = operands;
    const blocks: Block[] = [];
    const groups: number[] = [];
    let key = "";
    for (const { view, isOutput, isVector } of operands) {
      const block = blockOf(view);
      let group = blocks.indexOf(block);
      if (group < 0) group = blocks.push(block) - 1;
      groups.push(group);
      key += `${group}${dtypeLetters[view.dtype]}${isOutput ? "w" : ""}${isVector ? "4" : ""} `;
    }
    this.blocks = blocks;
    this.#groups = groups;
    this.key = key;
  }

  /** Declares the bindings; returns how to reach each operand. */
  declare(module: ShaderModule): OperandCode[] {
    const bindings = this.blocks.map((_, group) => {
      const members = this.#operands.filter((__, i) => this.#groups[i] === group);
      const types = new Set(members.map(({ view }) => wordType(view.dtype)));
      const word = types.size === 1 ? [...types][0]! : "u32";
      // Four bytes are one word already, and four half floats two.
      const isVector = members.every((one) => one.isVector && !isPacked(one.view.dtype));
      const access = members.some(({ isOutput }) => isOutput) ? "w" : "r";
      const name = module.buffer(access, isVector ? `vec4<${word}>` : word);
      return { name, word, isVector };
    });
    return this.#operands.map(
      ({ view }, i) => new OperandCode(module, bindings[this.#groups[i]!]!, view.dtype),
    );
  }
}

const dtypeLetters: Readonly<Record<DType, string>> = {
  float32: "f",
  float16: "h",
  float64: "d",
  int32: "i",
  uint8: "u",
  bool: "b",
};

interface Binding {
  readonly name: string;
  readonly word: string;
  readonly isVector: boolean;
}

/** Writes loads and stores of one operand. */
export class OperandCode {
  readonly #module: ShaderModule;
  readonly #binding: Binding;
  readonly #dtype: DType;

  constructor(module: ShaderModule, binding: Binding, dtype: DType) {
    this.#module = module;
    this.#binding = binding;
    this.#dtype = dtype;
  }

  /** The element at `index`, counted in elements. */
  load(index: string): string {
    const { name, word, isVector } = this.#binding;
    if (isBytes(this.#dtype)) {
      const byte = `load_byte_${name}`;
      if (!this.#module.defines(byte)) {
        const at = word === "u32" ? `${name}[i >> 2u]` : `bitcast<u32>(${name}[i >> 2u])`;
        this.#module.define(
          byte,
          `fn ${byte}(i: u32) -> u32 { return (${at} >> ((i & 3u) * 8u)) & 255u; }`,
        );
      }
      return this.#dtype === "bool" ? `(${byte}(${index}) != 0u)` : `${byte}(${index})`;
    }
    if (this.#dtype === "float16") {
      const one = `load_half_${name}`;
      if (!this.#module.defines(one)) {
        addHalfFunctions(this.#module);
        const text = `from_half(vec4u(${this.#word("i >> 1u")} >> ((i & 1u) * 16u))).x`;
        this.#module.define(one, `fn ${one}(i: u32) -> f32 { return ${text}; }`);
      }
      return `${one}(${index})`;
    }
    if (isVector) {
      const one = `load_${name}`;
      this.#module.define(one, `fn ${one}(i: u32) -> ${word} { return ${name}[i >> 2u][i & 3u]; }`);
      return this.#asOwn(`${one}(${index})`, 1);
    }
    return this.#asOwn(`${name}[${index}]`, 1);
  }

  /** The four elements from `index` on, counted in fours. */
  loadVector(index: string): string {
    const { name, word, isVector } = this.#binding;
    if (isBytes(this.#dtype)) {
      const text = `((vec4u(${word === "u32" ? `${name}[${index}]` : `bitcast<u32>(${name}[${index}])`}) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u))`;
      return this.#dtype === "bool" ? `(${text} != vec4u(0u))` : text;
    }
    if (this.#dtype === "float16") {
      const four = `load_halves_${name}`;
      if (!this.#module.defines(four)) {
        addHalfFunctions(this.#module);
        const [low, high] = [this.#word("i * 2u"), this.#word("i * 2u + 1u")];
        const words = `vec4u(${low}, ${low} >> 16u, ${high}, ${high} >> 16u)`;
        this.#module.define(four, `fn ${four}(i: u32) -> vec4f { return from_half(${words}); }`);
      }
      return `${four}(${index})`;
    }
    if (isVector) return this.#asOwn(`${name}[${index}]`, 4);
    const four = `load_four_${name}`;
    this.#module.define(
      four,
      `fn ${four}(i: u32) -> vec4<${word}> { return vec4<${word}>(${name}[i], ${name}[i + 1u], ${name}[i + 2u], ${name}[i + 3u]); }`,
    );
    return this.#asOwn(`${four}((${index}) * 4u)`, 4);
  }

  /** Stores an element of four bytes at `index`, counted in elements. */
  store(index: string, value: string): string {
    return `${this.#binding.name}[${index}] = ${this.#asWord(value, 1)};`;
  }

  /** Stores four elements from `index` on, counted in fours. */
  storeVector(index: string, value: string): string {
    const { name, isVector } = this.#binding;
    if (isBytes(this.#dtype)) {
      const bytes = this.#dtype === "bool" ? `select(vec4u(0u), vec4u(1u), ${value})` : value;
      this.#module.define(
        "pack_bytes",
        `fn pack_bytes(v: vec4u) -> u32 { return v.x | (v.y << 8u) | (v.z << 16u) | (v.w << 24u); }`,
      );
      return `${name}[${index}] = ${this.#asWord(`pack_bytes(${bytes})`, 1, "u32")};`;
    }
    if (this.#dtype === "float16") {
      addHalfFunctions(this.#module);
      const [low, high] = ["halves.x | (halves.y << 16u)", "halves.z | (halves.w << 16u)"];
      return `{ let halves = to_half(${value}); ${name}[(${index}) * 2u] = ${this.#asWord(`(${low})`, 1, "u32")}; ${name}[(${index}) * 2u + 1u] = ${this.#asWord(`(${high})`, 1, "u32")}; }`;
    }
    if (isVector) return `${name}[${index}] = ${this.#asWord(value, 4)};`;
    return Array.from(
      "xyzw",
      (part, i) => `${name}[(${index}) * 4u + ${i}u] = ${this.#asWord(`(${value}).${part}`, 1)};`,
    ).join(" ");
  }

  /** A word as it is. */
  #word(index: string): string {
    const { name, word } = this.#binding;
    return word === "u32" ? `${name}[${index}]` : `bitcast<u32>(${name}[${index}])`;
  }

  #asOwn(text: string, width: 1 | 4): string {
    const own = wordType(this.#dtype);
    if (own === this.#binding.word) return text;
    return width === 1 ? `bitcast<${own}>(${text})` : `bitcast<vec4<${own}>>(${text})`;
  }

  #asWord(text: string, width: 1 | 4, own: string = wordType(this.#dtype)): string {
    const { word } = this.#binding;
    if (own === word) return text;
    return width === 1 ? `bitcast<${word}>(${text})` : `bitcast<vec4<${word}>>(${text})`;
  }
}
