import type { Backend } from "@tensorloom/tensor/backend";

/** The kernel families, in the order in which they are tested. */
export const families = [
  "storage",
  "map",
  "reduce",
  "gemm",
  "conv",
  "pool",
  "gather",
  "scan",
  "sort",
] as const;

/** One kernel family. */
export type Family = (typeof families)[number];

/** Makes the backend to test; null where this machine cannot run it. */
export type BackendFactory = () => Backend | null | Promise<Backend | null>;

/** What {@link runConformance} takes. */
export interface ConformanceOptions {
  /** Shown in test names; the backend's own name by default. */
  readonly name?: string;
  /** The families to test; all by default. */
  readonly only?: readonly Family[];
  /** Multiplies every tolerance, for hardware that is less precise; 1 by default. Say why where you set it. */
  readonly tolerance?: number;
  /** Declared gaps: test id to reason. Each must fail: one that passes is reported, and so is an id that no test has. */
  readonly expectedFailures?: Readonly<Record<string, string>>;
}
