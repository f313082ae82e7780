import { cpu } from "@tensorloom/backend-cpu";
import {
  contiguousStrides,
  sizeOf,
  type Backend,
  type KernelName,
  type Kernels,
  type View,
} from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import { downloaded, store, tensorOf, upload } from "./views.ts";

/**
 * Computes calls on our plain TypeScript loops, for what an engine lacks or gets wrong: operands are copied out, results
 * copied in. The engine must let its tensors be read at once.
 */
export class HostFallback {
  readonly #backend: Backend = cpu();
  readonly #tf: Tf;

  constructor(tf: Tf) {
    this.#tf = tf;
  }

  /** Runs a call of a family; outputs that are added to are read first. */
  run<Name extends KernelName>(name: Name, call: Parameters<Kernels[Name]>[0]): void {
    const moved: Moved[] = [];
    const outputs = outputsOf[name] ?? ["output"];
    const local = this.#moved(call, outputs, moved) as Parameters<Kernels[Name]>[0];
    (this.#backend[name] as (call: unknown) => void)(local);
    for (const { from, to, isOutput } of moved) {
      if (isOutput) {
        const values = this.#backend.readSync!(to.storage, to.dtype, 0, sizeOf(to.shape));
        store(this.#tf, from, this.#tf.reshape(upload(this.#tf, values), [...from.shape]));
      }
      this.#backend.free(to.storage);
    }
  }

  /** Returns a call with its views, however deep they lie, on the host. */
  #moved(value: unknown, outputs: readonly string[], moved: Moved[], isOutput = false): unknown {
    if (Array.isArray(value)) {
      return value.map((one) => this.#moved(one, outputs, moved, isOutput));
    }
    if (isView(value)) return this.#placed(value, moved, isOutput);
    if (!isPlain(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        this.#moved(one, outputs, moved, outputs.includes(key)),
      ]),
    );
  }

  #placed(view: View, moved: Moved[], isOutput: boolean): View {
    const { dtype, shape } = view;
    const known = moved.find(({ from }) => from === view);
    if (known !== undefined) return known.to;
    const size = sizeOf(shape);
    const storage = this.#backend.allocate(size * 4);
    if (size > 0) {
      const values = tensorOf(this.#tf, view).dataSync() as Float32Array;
      this.#backend.write(storage, downloaded(values, dtype));
    }
    const to: View = { storage, dtype, offset: 0, shape, strides: contiguousStrides(shape) };
    moved.push({ from: view, to, isOutput });
    return to;
  }
}

interface Moved {
  readonly from: View;
  readonly to: View;
  readonly isOutput: boolean;
}

/** What families fill, where it is not one `output`. */
const outputsOf: Readonly<Partial<Record<KernelName, readonly string[]>>> = {
  map: ["outputs"],
  custom: ["outputs"],
  sort: ["values", "indices"],
};

function isView(value: unknown): value is View {
  return typeof value === "object" && value !== null && "storage" in value && "strides" in value;
}

/** Expressions and kernels are classes and functions: they go as they are. */
function isPlain(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
