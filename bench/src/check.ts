/** A faster wrong answer is no answer: both must agree to the rounding of `terms` terms of size 1. */
export function checkEqual(
  name: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  terms: number,
): void {
  for (let i = 0; i < ours.length; i++) {
    if (!(Math.abs(ours[i]! - theirs[i]!) < 1e-6 * terms + 1e-5)) {
      throw new Error(`${name}: element ${i} is ${ours[i]} here and ${theirs[i]} there`);
    }
  }
}
