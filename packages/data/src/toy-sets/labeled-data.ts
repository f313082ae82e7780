import { tensor, type Tensor } from "@tensorloom/tensor";

/** A data set of samples and class numbers. */
export interface LabeledData {
  /** The samples. */
  readonly data: Tensor;
  /** One class number a sample, int32. */
  readonly target: Tensor;
  /** The names of the features, in order. */
  readonly featureNames: readonly string[];
  /** The names of the classes, by number. */
  readonly targetNames: readonly string[];
  /** What it is, where it comes from, and its licence. */
  readonly description: string;
}

/** What of a data set its table does not hold. */
export interface TableFacts {
  readonly featureNames: readonly string[];
  readonly targetNames: readonly string[];
  readonly description: string;
  /** The shape of a sample; one axis of the features by default. */
  readonly sampleShape?: readonly number[];
}

/**
 * Resolves to the data set of an embedded table: features, and in the last column the class. A first line of another length holds
 * counts and names, and is left out.
 */
export async function decodeTable(gzipBase64: string, facts: TableFacts): Promise<LabeledData> {
  const { sampleShape, ...named } = facts;
  const bytes = Uint8Array.from(atob(gzipBase64), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const text = await new Response(stream).text();
  const features = named.featureNames.length;
  const rows = text
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number))
    .filter((row) => row.length === features + 1 && !row.includes(Number.NaN));
  const data = new Float32Array(rows.length * features);
  const target = new Int32Array(rows.length);
  rows.forEach((row, i) => {
    data.set(row.slice(0, -1), i * features);
    target[i] = row.at(-1)!;
  });
  return {
    data: tensor(data, { shape: [rows.length, ...(sampleShape ?? [features])] }),
    target: tensor(target),
    ...named,
  };
}
