import type { Backend, Storage } from "../backend/contract.ts";
import { runOnHost } from "../backend/custom.ts";
import type { DType, TypedArray } from "../dtype.ts";
import { gather, scan, scatterAdd, sort } from "./along-axis.ts";
import { map, reduce, rows } from "./elementwise.ts";
import { ReferenceStorage } from "./elements.ts";
import { pool, poolGradient } from "./pooling.ts";
import { conv, convFilterGradient, convInputGradient, gemm } from "./products.ts";

/**
 * Returns the backend that defines what is right: every kernel is the plainest loop over coordinates, in float64. It is
 * slow on purpose; use it to test others.
 *
 * @example
 * import { use } from "@tensorloom/tensor";
 * import { reference } from "@tensorloom/tensor/reference";
 * (await use(reference())).name; // => reference
 */
export function reference(): Backend {
  const hostMemory = (storage: Storage, dtype: DType): TypedArray =>
    (storage as ReferenceStorage).array(dtype);
  const read = (source: Storage, dtype: DType, offset: number, length: number): TypedArray =>
    hostMemory(source, dtype).slice(offset, offset + length);
  return {
    name: "reference",
    dtypes: ["float32", "float16", "float64", "int32", "uint8", "bool"],
    info: () => ({ threads: 1, features: [], notes: ["slow on purpose"] }),
    allocate: (byteLength) => new ReferenceStorage(byteLength),
    free: (storage) => (storage as ReferenceStorage).free(),
    write(target, data) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      (target as ReferenceStorage).array("uint8").set(bytes);
    },
    read: async (source, dtype, offset, length) => read(source, dtype, offset, length),
    readSync: read,
    hostMemory,
    synchronize: async () => undefined,
    dispose: async () => undefined,
    map,
    reduce,
    rows,
    gemm,
    conv,
    convInputGradient,
    convFilterGradient,
    pool,
    poolGradient,
    gather,
    scatterAdd,
    scan,
    sort,
    custom: (call) => runOnHost(call, hostMemory),
  };
}
