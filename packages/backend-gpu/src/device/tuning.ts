/**
 * How invocations of a product share what they load:
 * - `none`: each loads its rows and columns by itself
 * - `quad`: four that lie beside each other share their rows; each loads a quarter, and swaps it with the others
 * - `workgroup`: all of a workgroup of 8 by 8 share rows and columns in workgroup memory; tiles are square
 */
export type Sharing = "none" | "quad" | "workgroup";

/** What was found best on a device: plain, so that it can be kept as JSON and given to `webgpu({ tuning })` next time. */
export interface Tuning {
  /** Rows of a product that an invocation computes; 16 only in quads. */
  readonly tileRows: 4 | 8 | 16;
  /** Columns of a product that an invocation computes; 16 only where each loads by itself. */
  readonly tileColumns: 4 | 8 | 16;
  /** How invocations share what they load. Where a product or the device does not allow it, each loads by itself. */
  readonly sharing: Sharing;
  /** Whether every product is cut so, however small it is: to test it. */
  readonly isForced?: boolean;
}

/** What {@link WebGpuBackend.tune} tries. */
export const candidates: readonly Tuning[] = [
  { tileRows: 4, tileColumns: 4, sharing: "none" },
  { tileRows: 4, tileColumns: 8, sharing: "none" },
  { tileRows: 8, tileColumns: 4, sharing: "none" },
  { tileRows: 8, tileColumns: 8, sharing: "none" },
  { tileRows: 8, tileColumns: 16, sharing: "none" },
  { tileRows: 8, tileColumns: 8, sharing: "quad" },
  { tileRows: 16, tileColumns: 4, sharing: "quad" },
  { tileRows: 16, tileColumns: 8, sharing: "quad" },
  { tileRows: 4, tileColumns: 4, sharing: "workgroup" },
  { tileRows: 8, tileColumns: 8, sharing: "workgroup" },
];

/** What adapters begin with, by vendor and architecture; the first that fits. Only what has been measured stands here. */
const table: readonly (readonly [adapter: RegExp, tuning: Tuning])[] = [
  // A load is dear there, an arithmetic operation is not, and a barrier is the dearest.
  [/swiftshader/i, { tileRows: 16, tileColumns: 8, sharing: "quad" }],
];
const elsewhere: Tuning = { tileRows: 8, tileColumns: 8, sharing: "workgroup" };
const onHosts: Tuning = { tileRows: 8, tileColumns: 8, sharing: "none" };

/** Returns what an adapter begins with. */
export function tuningOf(adapter: string, isSoftware: boolean): Tuning {
  return table.find(([name]) => name.test(adapter))?.[1] ?? (isSoftware ? onHosts : elsewhere);
}
