/** Returns the sum of squares of `values` from `begin` to `end`: the smallest task, on which the pool is tested. */
export function sumOfSquares(
  { values }: { readonly values: Float64Array },
  { begin, end }: { readonly begin: number; readonly end: number },
): number {
  if (end > values.length) throw new RangeError(`expected at most ${values.length}, got ${end}`);
  let sum = 0;
  for (let i = begin; i < end; i++) sum += values[i]! * values[i]!;
  return sum;
}
