/** Part of a range. */
export interface Part {
  readonly begin: number;
  readonly count: number;
}

/** Parts a thread: enough that none waits long for the slowest. */
const partsPerThread = 3;

/**
 * Cuts `total` things into parts for threads, each but the last a multiple of `unit`. The parts depend on the arguments
 * alone, so that results are the same from run to run.
 */
export function split(total: number, threads: number, unit: number): readonly Part[] {
  const wanted = threads === 1 ? 1 : threads * partsPerThread;
  const size = Math.max(unit, Math.ceil(total / wanted / unit) * unit);
  const parts: Part[] = [];
  for (let begin = 0; begin < total; begin += size) {
    parts.push({ begin, count: Math.min(size, total - begin) });
  }
  return parts;
}
