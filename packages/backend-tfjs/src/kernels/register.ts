import {
  ArgumentError,
  BackendError,
  initializeBackend,
  type Backend,
} from "@tensorloom/tensor/backend";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { Tf } from "../engine/load-engine.ts";
import { CpuKernels } from "./cpu-kernels.ts";
import { kernels } from "./kernels.ts";
import { TensorStore } from "./tensor-store.ts";

/** Those of our backends that can be asked for by name. */
export type KernelBackendName = "wasm" | "webgpu" | "cpu";

/** What {@link register} takes. */
export interface RegisterOptions {
  /** A name, or a backend object, e.g. `wasm({ threads: 1 })`. */
  readonly backend: KernelBackendName | Backend;
}

/** What was registered with each of TensorFlow.js' engines, by the names given. */
const registered = new WeakMap<object, Map<string, KernelBackendName | Backend>>();

/**
 * Adds one of our backends to a program's TensorFlow.js, under the name `tensorloom-wasm`, `tensorloom-webgpu` or
 * `tensorloom-cpu`; the program then chooses it by `tf.setBackend`.
 *
 * Its kernels are ours; those that we have not run as TensorFlow.js' own cpu kernels on copies of the elements, of which a
 * host backend makes nothing of note, and which `webgpu`, where elements cannot be read at once, refuses with an
 * UnsupportedError that names the kernel. `@tensorflow/tfjs-backend-cpu` must be installed, and for `webgpu`
 * `@tensorloom/backend-gpu`.
 *
 * @param tf - the program's `@tensorflow/tfjs-core`, or `@tensorflow/tfjs`
 * @param options - `backend`
 * @returns the name for `tf.setBackend`; the same backend again is the same name
 * @throws BackendError (rejects) when a package is missing or this machine cannot run the backend; ArgumentError when another backend
 * has the name already
 *
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { register } from "@tensorloom/backend-tfjs/kernels";
 * await tf.setBackend(await register(tf, { backend: "wasm" }));
 * tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]; // => 11
 */
export async function register(tf: Tf, { backend }: RegisterOptions): Promise<string> {
  const known = registered.get(tf.engine()) ?? new Map<string, KernelBackendName | Backend>();
  registered.set(tf.engine(), known);
  const backendName = `tensorloom-${typeof backend === "string" ? backend : backend.name}`;
  if (tf.findBackendFactory(backendName) !== null) {
    if (known.get(backendName) === backend) return backendName;
    throw taken(backendName);
  }
  const device = typeof backend === "string" ? await backendNamed(backend) : backend;
  await initializeBackend(device);
  const cpuKernels = new CpuKernels(tf, await cpuBackendOfTfjs());
  const isFree = tf.registerBackend(backendName, () => new TensorStore(tf, device, cpuKernels));
  // Another may have come first meanwhile.
  if (!isFree && known.get(backendName) !== backend) throw taken(backendName);
  known.set(backendName, backend);
  for (const kernelName of new Set([...cpuKernels.names, ...Object.keys(kernels)])) {
    // They are there where the name has been free again.
    if (tf.getKernel(kernelName, backendName) != null) continue;
    const kernel = kernels[kernelName];
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend: store }) =>
        (store as TensorStore).run(kernelName, kernel, inputs, attrs ?? {}),
    });
  }
  return backendName;
}

/**
 * As `register` of `@tensorloom/backend-tfjs/kernels`: adds one of our backends to a program's TensorFlow.js.
 *
 * @param tf - the program's `@tensorflow/tfjs-core`, or `@tensorflow/tfjs`
 * @param backend - a name, or a backend object
 * @returns the name for `tf.setBackend`
 *
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { registerKernels } from "@tensorloom/backend-tfjs";
 * await registerKernels(tf, "cpu"); // => tensorloom-cpu
 */
export function registerKernels(tf: Tf, backend: KernelBackendName | Backend): Promise<string> {
  return register(tf, { backend });
}

async function backendNamed(name: KernelBackendName): Promise<Backend> {
  if (name === "wasm") return wasm();
  if (name === "cpu") return cpu();
  if (name !== "webgpu") {
    throw new ArgumentError(
      `register: backend: expected wasm, webgpu, cpu or a backend object, got ${String(name)}`,
    );
  }
  try {
    return (await import("@tensorloom/backend-gpu")).webgpu();
  } catch (cause) {
    throw missing("@tensorloom/backend-gpu", cause);
  }
}

async function cpuBackendOfTfjs(): Promise<MathBackendCPU> {
  try {
    return new (await import("@tensorflow/tfjs-backend-cpu")).MathBackendCPU();
  } catch (cause) {
    throw missing("@tensorflow/tfjs-backend-cpu", cause);
  }
}

function taken(backendName: string): ArgumentError {
  return new ArgumentError(
    `register: backend: expected one whose name is free, got another than the ${backendName} that is registered; ` +
      `try \`tf.removeBackend("${backendName}")\` before`,
  );
}

function missing(name: string, cause: unknown): BackendError {
  return new BackendError(
    `register: expected ${name} to be installed, got "${(cause as Error).message}"; try \`npm install ${name}\``,
    { cause },
  );
}
