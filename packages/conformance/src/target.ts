import type { Backend } from "@tensorloom/tensor/backend";
import type { OperationClass } from "./tolerances.ts";

/** The kernel families, in the order in which they are tested; last, gradients, which run through many of them. */
export const families = [
  "storage",
  "map",
  "reduce",
  "rows",
  "gemm",
  "conv",
  "pool",
  "gather",
  "scan",
  "sort",
  "custom",
  "gradients",
] as const;

/** One kernel family. */
export type Family = (typeof families)[number];

/**
 * Makes the backend to test; null where this machine cannot run it. It need not be initialised: one whose `initialize`
 * rejects with `BACKEND_UNAVAILABLE` counts as null.
 */
export type BackendFactory = () => Backend | null | Promise<Backend | null>;

/** What {@link runConformance} takes. */
export interface ConformanceOptions {
  /** Shown in test names; "backend" by default. */
  readonly name?: string;
  /** The families to test; all by default. */
  readonly only?: readonly Family[];
  /**
   * For hardware that is less precise: a number multiplies every tolerance; a record says how many units in the last
   * place a class of operations may be off. Say why where you set it.
   */
  readonly tolerance?: number | Readonly<Partial<Record<OperationClass, number>>>;
  /** Declared gaps: test id to reason. Each must fail: one that passes is reported, and so is an id that no test has. */
  readonly expectedFailures?: Readonly<Record<string, string>>;
}
