import { loadDigits, trainTestSplit } from "@tensorloom/data";
import type { Batch } from "@tensorloom/nn";
import { random, where } from "@tensorloom/tensor";

/** Few images to learn from, and many to see what was learnt. */
export interface FewDigits {
  readonly training: Batch;
  readonly validation: Batch;
}

/** The share of training labels that are drawn at random: what there is to learn by heart and nothing else. */
export const wrongLabels = 0.25;

/**
 * Resolves to 200 images of handwritten digits to learn from, a quarter of them with a label drawn at random, and the other 1,597 to
 * validate on; values from 0 to 1.
 */
export async function fewDigits(seed: number): Promise<FewDigits> {
  const { data, target } = await loadDigits();
  const [x, xHeld, y, yHeld] = await trainTestSplit(data.div(16), target, {
    testSize: data.shape[0]! - 200,
    stratify: target,
    seed,
  });
  const isWrong = random.bernoulli([200], wrongLabels, { seed: seed + 100 });
  const drawn = random.randint(0, 10, [200], { seed: seed + 200 });
  const noisy = where(isWrong.astype("bool"), drawn, y.astype("int32"));
  return { training: { x, y: noisy }, validation: { x: xHeld, y: yHeld } };
}
