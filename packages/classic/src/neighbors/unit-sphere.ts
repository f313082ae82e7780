import type { SampleMatrix } from "../inputs.ts";

/** Returns rows scaled to length 1; rows of zeros stay. */
export function unitRows(samples: SampleMatrix): SampleMatrix {
  const { data, rows, columns } = samples;
  const scaled = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    const length = lengthOf(samples, i);
    if (length === 0) continue;
    for (let c = i * columns; c < (i + 1) * columns; c++) scaled[c] = data[c]! / length;
  }
  return { ...samples, data: scaled };
}

/**
 * Returns rows scaled to length 1, where half the squared distance is 1 minus the cosine. Two columns are added, for rows of
 * zeros, which have no direction: as a query such a row is the unit vector along the one, as a sample along the other, so
 * that it is at distance 1 from all, as in scikit-learn.
 */
export function onUnitSphere(samples: SampleMatrix, role: "samples" | "queries"): SampleMatrix {
  const { data, rows, columns } = samples;
  const width = columns + 2;
  const placed = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    const length = lengthOf(samples, i);
    if (length === 0) placed[i * width + columns + (role === "queries" ? 1 : 0)] = 1;
    else {
      for (let c = 0; c < columns; c++) placed[i * width + c] = data[i * columns + c]! / length;
    }
  }
  return { ...samples, data: placed, columns: width };
}

function lengthOf({ data, columns }: SampleMatrix, row: number): number {
  let sum = 0;
  for (let c = row * columns; c < (row + 1) * columns; c++) sum += data[c]! ** 2;
  return Math.sqrt(sum);
}
