import { ArgumentError, mapTensors, random, ShapeError, Tensor } from "@tensorloom/tensor";

/** Some samples: inputs and targets, each with one sample an entry of the first axis. */
export interface Batch<Targets = Tensor> {
  /** `[samples, ...]`. */
  readonly x: Tensor;
  /** `[samples, ...]`; where a model has several tasks, an object or array of such. */
  readonly y: Targets;
}

/** All samples at once; `fit` cuts them into batches. */
export type TrainingData<Targets = Tensor> = Batch<Targets>;

/** Batches that can be read once an epoch; a `Dataset` of `@tensorloom/data` is one. */
export interface BatchStream<Targets = Tensor> {
  /** Begins an epoch. */
  [Symbol.asyncIterator](): AsyncIterator<Batch<Targets>>;
  /** Begins the epoch of this number, from 0; preferred where it is there, so that training that is resumed sees the same. */
  epoch?(number: number): AsyncIterable<Batch<Targets>>;
  /** How many batches an epoch has, where known. */
  readonly size?: number | undefined;
}

/** What training and evaluation read: all samples at once, or batches. What batches hold stays their owner's. */
export type TrainingSource<Targets = Tensor> =
  TrainingData<Targets> | BatchStream<Targets> | Iterable<Batch<Targets>>;

/** Whether `source` is all samples at once. */
export function isWhole<Targets>(source: TrainingSource<Targets>): source is TrainingData<Targets> {
  return "x" in source && source.x instanceof Tensor;
}

/** Throws `ShapeError` unless there are as many inputs as targets, and at least one; returns how many. */
export function countSamples<Targets>(operation: string, { x, y }: Batch<Targets>): number {
  const count = x.shape[0] ?? 0;
  const shapes: string[] = [];
  let fits = count > 0;
  mapTensors(y, (target) => {
    fits &&= target.shape[0] === count;
    shapes.push(`[${target.shape.join(", ")}]`);
    return target;
  });
  if (fits) return count;
  throw new ShapeError(
    `${operation}: data: expected as many samples in x as in y, at least one, ` +
      `got x [${x.shape.join(", ")}] and y ${shapes.join(", ")}`,
  );
}

/** How batches are read. */
export interface ReadingOptions {
  /** For messages. */
  readonly operation: string;
  /** Samples a batch, where all are given at once. */
  readonly batchSize: number;
  /** Whether all samples that are given at once come in random order. */
  readonly shuffle: boolean;
  /** The epoch's number, from 0. */
  readonly epoch: number;
}

/** How many batches an epoch has; undefined where nobody knows. */
export function batchesIn<Targets>(
  source: TrainingSource<Targets>,
  batchSize: number,
): number | undefined {
  if (isWhole(source)) return Math.ceil(source.x.shape[0]! / batchSize);
  if ("size" in source) return source.size;
  return Array.isArray(source) ? source.length : undefined;
}

/** Yields the batches of an epoch. Each is valid until the next is asked for. */
export async function* batchesOf<Targets>(
  source: TrainingSource<Targets>,
  options: ReadingOptions,
): AsyncGenerator<Batch<Targets>> {
  const { operation, batchSize, shuffle, epoch } = options;
  if (isWhole(source)) {
    yield* shuffle ? shuffledBatches(source, batchSize) : batchesInOrder(source, batchSize);
    return;
  }
  const stream = "epoch" in source && source.epoch !== undefined ? source.epoch(epoch) : source;
  let count = 0;
  for await (const batch of stream as AsyncIterable<Batch<Targets>>) {
    countSamples(operation, checkBatch(operation, batch));
    count++;
    yield batch;
  }
  if (count > 0) return;
  throw new ArgumentError(
    `${operation}: data: expected batches in every epoch, got none in epoch ${epoch + 1}; ` +
      "a generator can be read once: give a data set, an array of batches, or all samples",
  );
}

function checkBatch<Targets>(operation: string, batch: Batch<Targets>): Batch<Targets> {
  if ((batch as Partial<Batch> | null)?.x instanceof Tensor && "y" in batch) return batch;
  throw new ArgumentError(
    `${operation}: data: expected batches { x, y } of tensors, got ${typeof batch}; try map and batch of a data set`,
  );
}

/** Returns the samples from `begin` to `end`, as views. */
function sliceOf<Targets>({ x, y }: Batch<Targets>, begin: number, end: number): Batch<Targets> {
  return mapTensors({ x, y }, (tensor) => tensor.slice([begin], [end]));
}

/** Returns the samples of these numbers. */
export function samplesAt<Targets>(
  { x, y }: Batch<Targets>,
  indices: Tensor | readonly number[],
): Batch<Targets> {
  return mapTensors({ x, y }, (tensor) => tensor.gather(indices));
}

/** Frees the tensors of a batch. */
export function disposeBatch<Targets>(batch: Batch<Targets>): void {
  mapTensors(batch, (tensor) => {
    tensor.dispose();
    return tensor;
  });
}

function* batchesInOrder<Targets>(
  data: Batch<Targets>,
  batchSize: number,
): Generator<Batch<Targets>> {
  const count = data.x.shape[0]!;
  for (let begin = 0; begin < count; begin += batchSize) {
    const batch = sliceOf(data, begin, Math.min(count, begin + batchSize));
    try {
      yield batch;
    } finally {
      disposeBatch(batch);
    }
  }
}

function* shuffledBatches<Targets>(
  data: Batch<Targets>,
  batchSize: number,
): Generator<Batch<Targets>> {
  const count = data.x.shape[0]!;
  const order = random.permutation(count);
  try {
    for (let begin = 0; begin < count; begin += batchSize) {
      const indices = order.slice([begin], [Math.min(count, begin + batchSize)]);
      const batch = samplesAt(data, indices);
      indices.dispose();
      try {
        yield batch;
      } finally {
        disposeBatch(batch);
      }
    }
  } finally {
    order.dispose();
  }
}

/**
 * Returns `data` split in two: the last `share` of the samples in random order, and the rest.
 *
 * @param share - in (0, 1)
 */
export function splitOff<Targets>(
  data: TrainingData<Targets>,
  share: number,
): { training: TrainingData<Targets>; validation: TrainingData<Targets> } {
  const count = data.x.shape[0]!;
  const kept = count - Math.max(1, Math.round(count * share));
  const order = random.permutation(count);
  const first = order.slice([0], [kept]);
  const last = order.slice([kept]);
  const result = { training: samplesAt(data, first), validation: samplesAt(data, last) };
  for (const indices of [order, first, last]) indices.dispose();
  return result;
}
