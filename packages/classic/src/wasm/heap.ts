import { classicModule } from "./module.ts";

/** The functions of assembly/: addresses, counts and numbers to nothing or a number. */
export type Kernels = Readonly<Record<string, (...values: number[]) => number>>;

/** Arrays for loops that run on this thread: in the memory of WebAssembly kernels, or ordinary ones. */
export interface Heap {
  /** The kernels, which take the arrays' `byteOffset`; undefined where WebAssembly is not to be had. */
  readonly kernels: Kernels | undefined;
  /** Returns a new array of zeros, with room for an element more than asked for. */
  float64(length: number): Float64Array;
  /** Returns a new array of zeros. */
  float32(length: number): Float32Array;
  /** Returns a new array of zeros. */
  int32(length: number): Int32Array;
  /** Returns a new array of zeros. */
  uint8(length: number): Uint8Array;
}

const page = 65_536;
const mostPages = 65_536;
let compiled: WebAssembly.Module | null | undefined;

/** Compiles the module, once; null where a policy, or the want of WebAssembly or of its vectors, forbids it. */
function compiledModule(): WebAssembly.Module | null {
  if (typeof WebAssembly === "undefined") return null;
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(classicModule());
    } catch {
      compiled = null;
    }
  }
  return compiled;
}

/**
 * Returns a heap of its own, for `arrays` arrays of `bytes` together: the one place that decides whether loops run in
 * WebAssembly. Where it is not allowed, or has not so much memory, arrays are ordinary and there are no kernels. Pages that are
 * never written cost nothing.
 */
export function openHeap(arrays: number, bytes: number): Heap {
  const pages = Math.ceil((bytes + (arrays + 1) * 32) / page);
  const module = compiledModule();
  if (module === null || pages > mostPages) return ordinary;
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return inMemory(memory.buffer, exports as Kernels);
  } catch {
    return ordinary;
  }
}

const ordinary: Heap = {
  kernels: undefined,
  float64: (length) => new Float64Array(length),
  float32: (length) => new Float32Array(length),
  int32: (length) => new Int32Array(length),
  uint8: (length) => new Uint8Array(length),
};

function inMemory(buffer: ArrayBuffer, kernels: Kernels): Heap {
  // From 16 on: a kernel's arrays are aligned to vectors.
  let next = 16;
  const take = (bytes: number): number => {
    const at = next;
    next += (bytes + 15) & ~15;
    return at;
  };
  return {
    kernels,
    float64: (length) => new Float64Array(buffer, take(8 * length + 8), length),
    float32: (length) => new Float32Array(buffer, take(4 * length), length),
    int32: (length) => new Int32Array(buffer, take(4 * length), length),
    uint8: (length) => new Uint8Array(buffer, take(length), length),
  };
}
