import { cpu } from "@tensorloom/backend-cpu";
import {
  contiguousStrides,
  sizeOf,
  type Backend,
  type CallOf,
  type KernelName,
  type Storage,
  type View,
} from "@tensorloom/tensor/backend";
import { detachedCall, mapViews } from "./detached-call.ts";
import type { Tf } from "./load-engine.ts";
import type { TfjsStorage } from "./tfjs-storage.ts";
import { downloaded, store, tensorOf, upload } from "./views.ts";

/** A piece of the engine's memory that a call needs, and its copy on the host. */
interface Moved {
  readonly region: View;
  readonly local: Storage;
  /** Whether the call writes to it. */
  isOutput: boolean;
}

/** A call whose views lie on the host. */
interface LocalCall<Name extends KernelName> {
  readonly name: Name;
  readonly call: CallOf<Name>;
  readonly moved: readonly Moved[];
}

/**
 * Computes calls on our plain TypeScript loops, for what an engine lacks or gets wrong: operands are copied out, results
 * copied in.
 */
export class HostFallback {
  readonly #backend: Backend = cpu();
  readonly #tf: Tf;

  /** @param tf - the engine's core */
  constructor(tf: Tf) {
    this.#tf = tf;
  }

  /** Runs a call of a family, on an engine that is current and whose tensors can be read at once. */
  run<Name extends KernelName>(name: Name, call: CallOf<Name>): void {
    const local = this.#localCall(name, call, false);
    for (const { region, local: copy } of local.moved) {
      if (sizeOf(region.shape) > 0) this.#fill(region, copy, tensorOf(this.#tf, region).dataSync());
    }
    this.#compute(local);
  }

  /**
   * Runs a call of a family on an engine whose tensors come later; until then, nothing else may touch what it reads and fills. Memory
   * is moved whole: to cut it, the engine would have to compile a kernel, which rounds integers.
   *
   * @param onEngine - runs something on the engine
   */
  async runLater<Name extends KernelName>(
    name: Name,
    call: CallOf<Name>,
    onEngine: (work: () => void) => void,
  ): Promise<void> {
    const local = this.#localCall(name, call, true);
    // One after another: TensorFlow.js does not read the same memory twice at a time.
    for (const { region, local: copy } of local.moved) {
      const { flat } = region.storage as TfjsStorage;
      if (flat !== undefined) this.#fill(region, copy, await flat.data());
    }
    onEngine(() => this.#compute(local));
  }

  #fill({ dtype }: View, copy: Storage, values: ArrayLike<number>): void {
    if (values.length > 0) this.#backend.write(copy, downloaded(values as Float32Array, dtype));
  }

  /** Computes, and takes the results to the engine. */
  #compute<Name extends KernelName>({ name, call, moved }: LocalCall<Name>): void {
    (this.#backend[name] as (call: unknown) => void)(call);
    for (const { region, local, isOutput } of moved) {
      if (isOutput) {
        const values = this.#backend.readSync!(local, region.dtype, 0, sizeOf(region.shape));
        store(this.#tf, region, this.#tf.reshape(upload(this.#tf, values), [...region.shape]));
      }
      this.#backend.free(local);
    }
  }

  #localCall<Name extends KernelName>(
    name: Name,
    call: CallOf<Name>,
    isWhole: boolean,
  ): LocalCall<Name> {
    const moved: Moved[] = [];
    const outputs = outputsOf[name] ?? ["output"];
    const take = (region: View, isOutput: boolean): Moved => {
      const one = { region, local: this.#backend.allocate(sizeOf(region.shape) * 4), isOutput };
      moved.push(one);
      return one;
    };
    const local = mapViews(call, (view, argument) => {
      const isOutput = outputs.includes(argument);
      if (!isWhole) {
        const strides = contiguousStrides(view.shape);
        return { ...detachedCall(view), storage: take(view, isOutput).local, offset: 0, strides };
      }
      const known = moved.find(({ region }) => region.storage === view.storage);
      const one = known ?? take(wholeOf(view), isOutput);
      one.isOutput ||= isOutput;
      return { ...detachedCall(view), storage: one.local };
    });
    return { name, call: local, moved };
  }
}

/** All of a view's memory. */
function wholeOf({ storage, dtype }: View): View {
  return {
    storage,
    dtype,
    offset: 0,
    shape: [(storage as TfjsStorage).lengthOf(dtype)],
    strides: [1],
  };
}

/** What families fill, where it is not one `output`. */
const outputsOf: Readonly<Partial<Record<KernelName, readonly string[]>>> = {
  map: ["outputs"],
  custom: ["outputs"],
  sort: ["values", "indices"],
};
