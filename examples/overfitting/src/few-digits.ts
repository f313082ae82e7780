import { loadDigits, trainTestSplit } from "@tensorloom/data";
import type { Batch } from "@tensorloom/nn";
import { random, tidy, where } from "@tensorloom/tensor";

/** Few images to learn from, as many to watch training by, and the rest to see what was learnt. */
export interface FewDigits {
  readonly training: Batch;
  readonly validation: Batch;
  readonly test: Batch;
}

/** The share of training labels that are drawn at random: what there is to learn by heart and nothing else. */
const wrongLabels = 0.25;

/**
 * Resolves to 200 images of handwritten digits to learn from, a quarter of them with a label drawn at random, 200 to validate on, and
 * the other 1,397 to test on; values from 0 to 1.
 */
export async function fewDigits(seed: number): Promise<FewDigits> {
  const { data, target } = await loadDigits();
  const pixels = data.div(16);
  const [xFew, x, yFew, y] = await trainTestSplit(pixels, target, {
    testSize: 200,
    stratify: target,
    seed,
  });
  const [xTest, xHeld, yTest, yHeld] = await trainTestSplit(xFew, yFew, {
    testSize: 200,
    stratify: yFew,
    seed,
  });
  const noisy = tidy(() => {
    const isWrong = random.bernoulli([200], wrongLabels, { seed: seed + 100 });
    const drawn = random.randint(0, 10, [200], { seed: seed + 200 });
    return where(isWrong.astype("bool"), drawn, y.astype("int32"));
  });
  for (const rest of [data, target, pixels, xFew, yFew, y]) rest.dispose();
  return {
    training: { x, y: noisy },
    validation: { x: xHeld, y: yHeld },
    test: { x: xTest, y: yTest },
  };
}
