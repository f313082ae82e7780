/** Part of a range. */
export interface Part {
  readonly begin: number;
  readonly count: number;
}

/** Parts a thread: enough that none waits long for the slowest. */
const partsPerThread = 3;

/**
 * Cuts `total` things into parts for threads, of nearly equal size and each but the last a multiple of `unit`. The parts
 * depend on the arguments alone, so that results are the same from run to run.
 */
export function split(total: number, threads: number, unit: number): readonly Part[] {
  const units = Math.ceil(total / unit);
  const wanted = Math.min(units, threads === 1 ? 1 : threads * partsPerThread);
  const parts: Part[] = [];
  for (let i = 0, begin = 0; i < wanted; i++) {
    const end = Math.min(total, Math.floor((units * (i + 1)) / wanted) * unit);
    parts.push({ begin, count: end - begin });
    begin = end;
  }
  return parts;
}
