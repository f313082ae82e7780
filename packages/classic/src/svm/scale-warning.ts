import type { SampleMatrix } from "../inputs.ts";

const mostRatio = 100;
let hasWarned = false;

/**
 * Warns, once, when some features vary many times as much as others: distances and products then see those alone, and support
 * vector machines learn little from the rest.
 */
export function warnIfUnscaled(operation: string, { data, rows, columns }: SampleMatrix): void {
  if (hasWarned) return;
  const means = new Float64Array(columns);
  data.forEach((value, at) => (means[at % columns]! += value / rows));
  const variances = new Float64Array(columns);
  data.forEach((value, at) => {
    variances[at % columns]! += (value - means[at % columns]!) ** 2 / rows;
  });
  const varying = variances.filter((variance) => variance > 0);
  if (varying.length < 2) return;
  const [least, most] = [Math.min(...varying), Math.max(...varying)];
  const ratio = Math.sqrt(most / least);
  if (ratio <= mostRatio) return;
  hasWarned = true;
  // oxlint-disable-next-line no-console -- nothing is wrong with the call; its result will disappoint
  console.warn(
    `${operation}: feature ${variances.indexOf(most)} varies ${ratio.toPrecision(2)} times as much as feature ` +
      `${variances.indexOf(least)}, which will hardly count; scale the features first, with StandardScaler`,
  );
}
