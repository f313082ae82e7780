/** What was found best on a device: plain, so that it can be kept as JSON and given to `webgpu({ tuning })` next time. */
export interface Tuning {
  /** Rows of a product that an invocation computes. */
  readonly tileRows: 4 | 8;
  /** Columns of a product that an invocation computes. */
  readonly tileColumns: 4 | 8 | 16;
}

/** What {@link WebGpuBackend.tune} tries. */
export const candidates: readonly Tuning[] = [
  { tileRows: 4, tileColumns: 4 },
  { tileRows: 4, tileColumns: 8 },
  { tileRows: 8, tileColumns: 4 },
  { tileRows: 8, tileColumns: 8 },
  { tileRows: 8, tileColumns: 16 },
];

/** What adapters begin with, by vendor and architecture; the first that fits. Only what has been measured stands here. */
const table: readonly (readonly [adapter: RegExp, tuning: Tuning])[] = [
  [/swiftshader/i, { tileRows: 8, tileColumns: 8 }],
];
const elsewhere: Tuning = { tileRows: 8, tileColumns: 8 };

/** Returns what an adapter begins with. */
export function tuningOf(adapter: string): Tuning {
  return table.find(([name]) => name.test(adapter))?.[1] ?? elsewhere;
}
