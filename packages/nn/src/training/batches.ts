import { random, ShapeError, type Tensor } from "@tensorloom/tensor";

/** Inputs and targets, with one sample an entry of the first axis. */
export interface TrainingData {
  /** `[samples, ...]`. */
  readonly x: Tensor;
  /** `[samples, ...]`. */
  readonly y: Tensor;
}

/** Throws `ShapeError` unless there are as many inputs as targets, and at least one; returns how many. */
export function countSamples(operation: string, { x, y }: TrainingData): number {
  const count = x.shape[0] ?? 0;
  if (count > 0 && count === y.shape[0]) return count;
  throw new ShapeError(
    `${operation}: data: expected as many samples in x as in y, at least one, ` +
      `got x [${x.shape.join(", ")}] and y [${y.shape.join(", ")}]`,
  );
}

/** Yields batches of `data` in order, as views; the last may be smaller. They stay valid until the next is asked for. */
export function* batchesInOrder(data: TrainingData, batchSize: number): Generator<TrainingData> {
  const count = countSamples("batches", data);
  for (let begin = 0; begin < count; begin += batchSize) {
    const end = Math.min(count, begin + batchSize);
    const batch = { x: data.x.slice([begin], [end]), y: data.y.slice([begin], [end]) };
    yield batch;
    batch.x.dispose();
    batch.y.dispose();
  }
}

/** Yields batches of `data` in random order. They stay valid until the next is asked for. */
export function* shuffledBatches(data: TrainingData, batchSize: number): Generator<TrainingData> {
  const count = countSamples("batches", data);
  const order = random.permutation(count);
  try {
    for (let begin = 0; begin < count; begin += batchSize) {
      const indices = order.slice([begin], [Math.min(count, begin + batchSize)]);
      const batch = { x: data.x.gather(indices), y: data.y.gather(indices) };
      indices.dispose();
      yield batch;
      batch.x.dispose();
      batch.y.dispose();
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
export function splitOff(
  data: TrainingData,
  share: number,
): { training: TrainingData; validation: TrainingData } {
  const count = countSamples("validation", data);
  const kept = count - Math.max(1, Math.round(count * share));
  const order = random.permutation(count);
  const first = order.slice([0], [kept]);
  const last = order.slice([kept]);
  const pick = (indices: Tensor): TrainingData => ({
    x: data.x.gather(indices),
    y: data.y.gather(indices),
  });
  const result = { training: pick(first), validation: pick(last) };
  for (const indices of [order, first, last]) indices.dispose();
  return result;
}
