import { Expr } from "../expression/node.ts";

// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3": Threefry-2x32 with 20 rounds.
const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
const parity = 0x1bd11bda;
const rounds = 20;

/**
 * Returns two 32-bit words of random bits for each element, as expressions of its index: a keyed permutation of the
 * counter (index, stream), the same on every backend.
 *
 * @param key0 - uint32 expression: the seed
 * @param key1 - uint32 expression: the number of the call
 * @param stream - which of several independent words of the same element
 */
export function randomBits(key0: Expr, key1: Expr, stream = 0): [Expr, Expr] {
  const keys = [key0, key1, key0.xor(key1).xor(parity)];
  let x0 = Expr.index().add(keys[0]!);
  let x1 = Expr.constant(stream).cast("uint32").add(keys[1]!);
  for (let round = 0; round < rounds; round++) {
    const by = rotations[round % 8]!;
    x0 = x0.add(x1);
    x1 = x1
      .shiftLeft(by)
      .or(x1.shiftRight(32 - by))
      .xor(x0);
    if (round % 4 === 3) {
      const block = (round + 1) / 4;
      x0 = x0.add(keys[block % 3]!);
      x1 = x1.add(keys[(block + 1) % 3]!).add(block);
    }
  }
  return [x0, x1];
}

/** Turns 32 random bits into a float in [0, 1): the upper 24 of them, which float32 holds exactly. */
export function toUnitInterval(bits: Expr, type: "float32" | "float64" = "float32"): Expr {
  return bits
    .shiftRight(8)
    .cast(type)
    .mul(2 ** -24);
}
