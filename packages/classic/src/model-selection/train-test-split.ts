import { ArgumentError, random, ShapeError, Tensor, tensor } from "@tensorloom/tensor";
import { distinct, type Samples, type Targets } from "../inputs.ts";

/** What {@link trainTestSplit} takes. */
export interface TrainTestSplitOptions {
  /** The share of samples that go into the test part, in (0, 1), or their number; 0.25 by default. */
  readonly testSize?: number;
  /** Whether samples are shuffled first; true by default. */
  readonly shuffle?: boolean;
  /** The seed of the shuffle; 0 by default. */
  readonly seed?: number;
  /** Classes, one a sample: both parts then hold them in the same proportions. */
  readonly stratify?: Tensor | readonly number[];
}

/** The parts of a split: inputs to learn from and to test on, targets to learn from and to test on. */
export type TrainTestSplit = [xTrain: Tensor, xTest: Tensor, yTrain: Tensor, yTest: Tensor];

/**
 * Resolves to inputs and targets split in a training and a test part, sample by sample, in scikit-learn's order.
 *
 * @param x - `[samples, ...]`: a tensor, nested arrays, or a typed array with a shape
 * @param y - `[samples, ...]`: a tensor or an array
 * @param options - sizes, seed, stratification
 * @throws `ShapeError` if there are not as many inputs as targets; `ArgumentError` if a part would be empty
 *
 * @example
 * const x = tensor([[1], [2], [3], [4]]);
 * const [xTrain, xTest] = await trainTestSplit(x, tensor([0, 1, 0, 1]), { testSize: 0.5 });
 * [xTrain.shape, xTest.shape]; // => [[2,1],[2,1]]
 */
export async function trainTestSplit(
  x: Samples,
  y: Targets,
  options: TrainTestSplitOptions = {},
): Promise<TrainTestSplit> {
  const given = [asTensor(x), asTensor(y)] as const;
  try {
    return await splitTensors(...given, options);
  } finally {
    if (given[0] !== x) given[0].dispose();
    if (given[1] !== y) given[1].dispose();
  }
}

function asTensor(values: Samples | Targets): Tensor {
  if (values instanceof Tensor) return values;
  if (ArrayBuffer.isView(values)) return tensor(values);
  return "data" in values
    ? tensor(values.data, { shape: values.shape })
    : tensor(values as number[] | number[][]);
}

async function splitTensors(
  x: Tensor,
  y: Tensor,
  options: TrainTestSplitOptions,
): Promise<TrainTestSplit> {
  const count = x.shape[0] ?? 0;
  if (count === 0 || y.shape[0] !== count) {
    throw new ShapeError(
      `trainTestSplit: y: expected as many targets as samples in x [${x.shape.join(", ")}], got [${y.shape.join(", ")}]`,
    );
  }
  const { testSize = 0.25, shuffle = true, seed = 0, stratify } = options;
  const testCount = testSize < 1 ? Math.ceil(count * testSize) : testSize;
  if (!Number.isInteger(testCount) || testCount < 1 || testCount >= count) {
    throw new ArgumentError(
      `trainTestSplit: testSize: expected a share in (0, 1) or a number of samples in [1, ${count - 1}], got ${testSize}`,
    );
  }
  const order = shuffle
    ? await permutation(count, seed)
    : Array.from({ length: count }, (_, i) => i);
  const groups =
    stratify === undefined
      ? [order]
      : await byClass(
          order,
          Array.from(stratify instanceof Tensor ? await stratify.data() : stratify),
        );
  const test = groups.flatMap((group, g) => group.slice(0, shareOf(groups, g, testCount, count)));
  const isTest = new Set(test);
  const train = order.filter((i) => !isTest.has(i));
  const ordered = stratify === undefined ? test : order.filter((i) => isTest.has(i));
  // Unshuffled, the test part is the end, as in scikit-learn.
  const [first, last] = shuffle
    ? [train, ordered]
    : [order.slice(0, -testCount), order.slice(-testCount)];
  return [x.gather(first), x.gather(last), y.gather(first), y.gather(last)];
}

async function permutation(count: number, seed: number): Promise<number[]> {
  const order = random.permutation(count, { seed });
  const numbers = Array.from(await order.data());
  order.dispose();
  return numbers;
}

async function byClass(order: readonly number[], classes: readonly number[]): Promise<number[][]> {
  if (classes.length !== order.length) {
    throw new ShapeError(
      `trainTestSplit: stratify: expected ${order.length} classes, one a sample, got ${classes.length}`,
    );
  }
  return distinct(classes).map((c) => order.filter((i) => classes[i] === c));
}

/** How many of a group go into the test part: proportional, with what rounding leaves spread from the front. */
function shareOf(
  groups: readonly (readonly number[])[],
  g: number,
  testCount: number,
  count: number,
): number {
  let before = 0;
  for (let i = 0; i < g; i++) before += groups[i]!.length;
  const upTo = Math.round((testCount * (before + groups[g]!.length)) / count);
  return upTo - Math.round((testCount * before) / count);
}
