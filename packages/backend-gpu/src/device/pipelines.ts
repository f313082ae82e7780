import { KernelError } from "@tensorloom/tensor/backend";
import type { Block } from "./buffer-pool.ts";

/** A shader's text and what it binds: buffers from binding 0, then its uniforms. */
export interface ShaderSource {
  /** WGSL with the entry point `main`. */
  readonly text: string;
  /** One letter a buffer, as in `rrw`: `r` is read, `w` is read and written. */
  readonly access: string;
  /** How many uniform words it reads; 0 where it has none. */
  readonly words: number;
}

/** A compiled shader. */
export interface Pipeline {
  /** The operation's name, for errors and profiles. */
  readonly name: string;
  /** What the device runs. */
  readonly pipeline: GPUComputePipeline;
  /** What it binds. */
  readonly layout: Layout;
}

/** The layout that shaders of equal access share. */
interface Layout {
  readonly id: number;
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
  /** Bytes of the uniforms that are bound; 0 for none. */
  readonly uniformBytes: number;
}

const computeStage = 0x4;
const mostBindGroups = 8192;

/** Compiled shaders by their text, and bind groups by what they bind. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #uniforms: GPUBuffer;
  readonly #report: (check: Promise<Error | undefined>) => void;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, Layout>();
  readonly #groups = new Map<string, GPUBindGroup>();

  /**
   * @param device - where
   * @param uniforms - the buffer that holds all dispatches' uniforms
   * @param report - is told of each compilation's outcome
   */
  constructor(
    device: GPUDevice,
    uniforms: GPUBuffer,
    report: (check: Promise<Error | undefined>) => void,
  ) {
    this.#device = device;
    this.#uniforms = uniforms;
    this.#report = report;
  }

  /** How many shaders have been compiled. */
  get count(): number {
    return this.#pipelines.size;
  }

  /** Returns the pipeline of a shader, compiled unless an equal one has been. */
  compile(name: string, { text, access, words }: ShaderSource): Pipeline {
    const known = this.#pipelines.get(text);
    if (known !== undefined) return known;
    const layout = this.#layout(access, words);
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ code: text, label: name });
    const pipeline = this.#device.createComputePipeline({
      label: name,
      layout: layout.pipeline,
      compute: { module, entryPoint: "main" },
    });
    this.#report(outcome(name, module, this.#device.popErrorScope()));
    const compiled = { name, pipeline, layout };
    this.#pipelines.set(text, compiled);
    return compiled;
  }

  #layout(access: string, words: number): Layout {
    // Few sizes, so that few layouts and bind groups.
    const uniformBytes = words === 0 ? 0 : Math.max(256, 4 ** Math.ceil(Math.log2(words * 4) / 2));
    const key = `${access}${uniformBytes}`;
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const entries: GPUBindGroupLayoutEntry[] = Array.from(access, (letter, binding) => ({
        binding,
        visibility: computeStage,
        buffer: { type: letter === "r" ? "read-only-storage" : "storage" },
      }));
      if (uniformBytes > 0) {
        entries.push({
          binding: access.length,
          visibility: computeStage,
          buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: uniformBytes },
        });
      }
      const group = this.#device.createBindGroupLayout({ entries });
      const pipeline = this.#device.createPipelineLayout({ bindGroupLayouts: [group] });
      layout = { id: this.#layouts.size, group, pipeline, uniformBytes };
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** Returns the bind group of these buffers and the uniforms. */
  group({ layout }: Pipeline, blocks: readonly Block[]): GPUBindGroup {
    let key = String(layout.id);
    for (let i = 0; i < blocks.length; i++) key += `,${blocks[i]!.id}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      const entries: GPUBindGroupEntry[] = blocks.map(({ buffer }, binding) => ({
        binding,
        resource: { buffer },
      }));
      if (layout.uniformBytes > 0) {
        const resource = { buffer: this.#uniforms, size: layout.uniformBytes };
        entries.push({ binding: blocks.length, resource });
      }
      group = this.#device.createBindGroup({ layout: layout.group, entries });
      // Buffers that were destroyed never come again: now and then all are forgotten.
      if (this.#groups.size >= mostBindGroups) this.#groups.clear();
      this.#groups.set(key, group);
    }
    return group;
  }
}

/** Resolves to why a shader did not compile, with the compiler's words; undefined where it did. */
async function outcome(
  name: string,
  module: GPUShaderModule,
  scope: Promise<GPUError | null>,
): Promise<Error | undefined> {
  const error = await scope;
  if (error === null) return undefined;
  const { messages } = await module.getCompilationInfo();
  const lines = messages
    .filter(({ type }) => type === "error")
    .map(({ lineNum, linePos, message }) => `line ${lineNum}:${linePos} ${message}`);
  const text = lines.length > 0 ? lines.join("; ") : error.message;
  return new KernelError(`${name}: expected WGSL that compiles, got ${text}`, { cause: error });
}
