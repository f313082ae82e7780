import type { Block } from "./buffer-pool.ts";
import type { Workgroups } from "./command-queue.ts";
import type { Pipeline, ShaderSource } from "./pipelines.ts";
import type { GpuStorage } from "./gpu-storage.ts";
import type { DeviceTraits } from "./traits.ts";
import type { Words } from "./words.ts";

/** What kernels need of the device: shaders, dispatches, and memory to work in. */
export interface Executor {
  /** What the device is good at. */
  readonly traits: DeviceTraits;
  /**
   * Returns the pipeline for a key, made at the first call.
   *
   * @param key - all that `build` depends on, the operation's name before the first space
   * @param build - writes the shader
   */
  pipeline(key: string, build: () => ShaderSource): Pipeline;
  /** Returns the list of uniforms, empty. */
  words(): Words;
  /** Records a dispatch. */
  dispatch(
    pipeline: Pipeline,
    blocks: readonly Block[],
    words: Words,
    workgroups: Workgroups,
  ): void;
  /** Lends memory. */
  allocate(byteLength: number): GpuStorage;
  /** Takes it back. */
  free(storage: GpuStorage): void;
}
