import type { Backend, KernelName } from "./contract.ts";

type MethodName = {
  [K in keyof Backend]-?: NonNullable<Backend[K]> extends (...args: never[]) => unknown ? K : never;
}[keyof Backend];

/** Every method of the contract; the type makes forgetting one an error. */
const methodNames = Object.keys({
  map: true,
  reduce: true,
  rows: true,
  hasRows: true,
  gemm: true,
  conv: true,
  convInputGradient: true,
  convFilterGradient: true,
  pool: true,
  poolGradient: true,
  gather: true,
  scatterAdd: true,
  scan: true,
  sort: true,
  custom: true,
  info: true,
  initialize: true,
  allocate: true,
  free: true,
  write: true,
  read: true,
  readSync: true,
  hostMemory: true,
  synchronize: true,
  dispose: true,
} satisfies Record<MethodName & (KernelName | MethodName), true>) as MethodName[];

/**
 * Returns a backend that is `base` but for what `changes` replaces: a kernel of your own, in a backend that is complete.
 *
 * Storage stays that of `base`: a kernel reaches the elements with {@link Backend.hostMemory}.
 *
 * @param base - does everything else
 * @param changes - the new name, and the methods that differ; each may call `base`'s
 *
 * @example
 * import { deriveBackend } from "@tensorloom/tensor/backend";
 * import { cpu } from "@tensorloom/backend-cpu";
 * const base = cpu();
 * let products = 0;
 * const counting = deriveBackend(base, {
 *   name: "counting",
 *   gemm(call) {
 *     products++;
 *     base.gemm(call);
 *   },
 * });
 * await use(counting);
 * matmul(eye(2), eye(2)).toString(); // => [[1, 0], [0, 1]]
 * products; // => 1
 * await use("wasm");
 */
export function deriveBackend(
  base: Backend,
  changes: Partial<Backend> & Pick<Backend, "name">,
): Backend {
  const derived: Record<string, unknown> = { dtypes: base.dtypes };
  for (const name of methodNames) {
    const method = base[name] as ((...args: unknown[]) => unknown) | undefined;
    // Bound: a backend keeps its state in private fields, which only the object itself can reach.
    if (method !== undefined) derived[name] = method.bind(base);
  }
  return Object.assign(derived, changes) as unknown as Backend;
}
