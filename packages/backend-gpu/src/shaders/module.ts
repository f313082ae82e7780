import type { DType } from "@tensorloom/tensor/backend";
import type { ShaderSource } from "../device/pipelines.ts";

/** The scalar type in which a dtype lies in memory; bytes lie four to a word, half floats two, the first lowest. */
export function wordType(dtype: DType): "f32" | "i32" | "u32" {
  if (dtype === "float32") return "f32";
  return dtype === "int32" ? "i32" : "u32";
}

/** Tells whether elements are bytes, four to a word. */
export function isBytes(dtype: DType): boolean {
  return dtype === "uint8" || dtype === "bool";
}

/** Tells whether several elements lie in a word, so that one cannot be stored by itself. */
export function isPacked(dtype: DType): boolean {
  return isBytes(dtype) || dtype === "float16";
}

/** Collects what a shader declares, and writes its text. Uniforms are read in the order in which calls write them. */
export class ShaderModule {
  readonly #bindings: string[] = [];
  readonly #functions = new Map<string, string>();
  readonly #directives = new Set<string>();
  #access = "";
  #words = 0;

  /** Declares the next buffer; returns its name. */
  buffer(access: "r" | "w", elementType: string): string {
    const binding = this.#access.length;
    const mode = access === "r" ? "read" : "read_write";
    this.#bindings.push(
      `@group(0) @binding(${binding}) var<storage, ${mode}> b${binding}: array<${elementType}>;`,
    );
    this.#access += access;
    return `b${binding}`;
  }

  /** Returns the next uniform, a u32. */
  word(): string {
    const place = this.#words++;
    return `uniforms[${place >> 2}].${"xyzw"[place & 3]}`;
  }

  /** Returns the next uniforms. */
  wordList(count: number): string[] {
    return Array.from({ length: count }, () => this.word());
  }

  /** Returns the next uniform as a f32. */
  float(): string {
    return `bitcast<f32>(${this.word()})`;
  }

  /** Adds a function, once. */
  define(name: string, text: string): void {
    this.#functions.set(name, text);
  }

  /** Adds a line before all others, once: an extension of the language, say, which the device must have. */
  directive(text: string): void {
    this.#directives.add(`${text};\n`);
  }

  /** Tells whether a function has been added. */
  defines(name: string): boolean {
    return this.#functions.has(name);
  }

  /**
   * Returns a shader that runs `body` for each number `name` below `count`: invocations take turns, since on a host's
   * processor an invocation costs more than the few operations of an element. {@link turns} gives the workgroups.
   */
  eachSource(name: string, count: string, body: string): ShaderSource {
    const step = `groups.x * groups.y * ${turnSize}u`;
    const first = `(group.y * groups.x + group.x) * ${turnSize}u + lane`;
    return this.source(
      `  for (var ${name} = ${first}; ${name} < ${count}; ${name} += ${step}) {\n${body}\n  }`,
      [turnSize],
    );
  }

  /** Returns the whole shader around the body of its entry point. */
  source(body: string, workgroup: readonly number[] = [64], globals = ""): ShaderSource {
    const count = Math.ceil(this.#words / 4);
    const uniforms =
      count === 0
        ? ""
        : `@group(0) @binding(${this.#access.length}) var<uniform> uniforms: array<vec4u, ${count}>;\n`;
    const text = `${[...this.#directives].join("")}${this.#bindings.join("\n")}
${uniforms}${[...this.#functions.values()].join("\n")}
${globals}
@compute @workgroup_size(${workgroup.join(", ")})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(local_invocation_id) local: vec3u,
) {
${body}
}
`;
    return { text, access: this.#access, words: this.#words };
  }
}

const turnSize = 64;
const mostOnSoftware = 32;
const mostPerAxis = 65_535;

/** Returns the workgroups of a shader that runs a body `count` times in turns. */
export function turns(
  { isSoftware }: { readonly isSoftware: boolean },
  count: number,
): readonly [number, number, number] {
  const groups = Math.ceil(count / turnSize);
  return linearWorkgroups(isSoftware ? Math.min(groups, mostOnSoftware) : groups);
}

/** Returns a grid of at least `count` workgroups within the limit an axis; those beyond `count` have nothing to do. */
export function linearWorkgroups(count: number): readonly [number, number, number] {
  if (count <= mostPerAxis) return [count, 1, 1];
  const rows = Math.ceil(count / mostPerAxis);
  return [Math.ceil(count / rows), rows, 1];
}
