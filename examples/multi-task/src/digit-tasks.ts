import { loadDigits, trainTestSplit } from "@tensorloom/data";
import type { Batch } from "@tensorloom/nn";
import { arange, where, type Tensor } from "@tensorloom/tensor";

/** Yes-or-no questions about a handwritten digit, by the digits for which the answer is yes. */
export const questions = {
  even: [0, 2, 4, 6, 8],
  large: [5, 6, 7, 8, 9],
  "has a loop": [0, 6, 8, 9],
  prime: [2, 3, 5, 7],
} as const;

/** A task: one of the questions, or which digit it is. */
export type Task = keyof typeof questions | "digit";

/** Class numbers, one a sample, by task. */
export type Answers = Readonly<Record<Task, Tensor>>;

/** Resolves to `count` images with answers to learn from, and the others to test on. */
export async function digitTasks(
  count: number,
  seed: number,
): Promise<{ readonly training: Batch<Answers>; readonly test: Batch<Answers> }> {
  const { data, target } = await loadDigits();
  const [x, xTest, digits, digitsTest] = await trainTestSplit(data.div(16), target, {
    testSize: data.shape[0]! - count,
    stratify: target,
    seed,
  });
  return {
    training: { x, y: eachImageForOneTask(answers(digits)) },
    test: { x: xTest, y: answers(digitsTest) },
  };
}

function answers(digits: Tensor): Answers {
  const isIn = (list: readonly number[]): Tensor =>
    list
      .map((digit) => digits.equal(digit))
      .reduce((any, one) => any.logicalOr(one))
      .astype("int32");
  const yesOrNo = Object.entries(questions).map(([name, list]) => [name, isIn(list)]);
  return { ...Object.fromEntries(yesOrNo), digit: digits } as Record<Task, Tensor>;
}

/** Class number of images without an answer: losses leave it out. */
export const unanswered = -1;

/** Leaves each image the answer of one task alone, in turn: labels are dear. */
function eachImageForOneTask(all: Answers): Answers {
  const tasks = Object.keys(all) as Task[];
  const turn = arange(0, all.digit.shape[0]!, { dtype: "int32" }).remainder(tasks.length);
  return Object.fromEntries(
    tasks.map((task, i) => [task, where(turn.equal(i), all[task], unanswered).astype("int32")]),
  ) as Record<Task, Tensor>;
}
