import type { SvmLoops } from "./svm-loops.ts";

/** 2 ** -k, and 0 for 1023: below normal numbers. */
const powersOfHalf = /* @__PURE__ */ Float64Array.from({ length: 1024 }, (_, k) =>
  k < 1023 ? 2 ** -k : 0,
);

/** exp(-x) of x from 0, by a power of two times a polynomial of degree 9: in half the time of Math.exp. Rounding may make x less than 0. */
function decay(given: number): number {
  const x = Math.min(709.1, Math.max(0, given));
  const k = Math.trunc(x * Math.LOG2E + 0.5);
  const r = k * Math.LN2 - x;
  const high = 1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r * (1 / 362880))));
  const value = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * high))));
  return powersOfHalf[k]! * value;
}

/** The loops in TypeScript. */
export const hostLoops: SvmLoops = {
  // Four sums, so that none waits for the last.
  dotProducts(vector, at, rows, columns, from, to, out) {
    const whole = columns - (columns % 4);
    for (let j = from, start = from * columns; j < to; j++, start += columns) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      let c = 0;
      for (; c < whole; c += 4) {
        s0 += vector[at + c]! * rows[start + c]!;
        s1 += vector[at + c + 1]! * rows[start + c + 1]!;
        s2 += vector[at + c + 2]! * rows[start + c + 2]!;
        s3 += vector[at + c + 3]! * rows[start + c + 3]!;
      }
      for (; c < columns; c++) s0 += vector[at + c]! * rows[start + c]!;
      out[j] = s0 + s1 + (s2 + s3);
    }
  },
  radialBasis(values, square, squares, gamma, from, to) {
    for (let j = from; j < to; j++) {
      values[j] = decay(gamma * (square + squares[j]! - 2 * values[j]!));
    }
  },
  powers(values, gamma, coef0, degree, from, to) {
    for (let j = from; j < to; j++) {
      let base = gamma * values[j]! + coef0;
      let power = 1;
      for (let left = degree; left > 0; left >>= 1) {
        if ((left & 1) === 1) power *= base;
        base *= base;
      }
      values[j] = power;
    }
  },
  tangents(values, gamma, coef0, from, to) {
    for (let j = from; j < to; j++) {
      const x = gamma * values[j]! + coef0;
      const e = decay(2 * Math.abs(x));
      const size = (1 - e) / (1 + e);
      values[j] = x < 0 ? -size : size;
    }
  },
  toFloat32(values, from, to, out) {
    for (let j = from; j < to; j++) out[j] = values[j]!;
  },
  spread(row, places, count, out) {
    for (let t = 0; t < count; t++) out[t] = row[places[t]!]!;
  },
  subtractDifference(g, rowI, rowJ, delta, count) {
    for (let t = 0; t < count; t++) g[t]! -= delta * (rowI[t]! - rowJ[t]!);
  },
  subtractRow(g, row, factor, from, to) {
    for (let t = from; t < to; t++) g[t]! -= factor * row[t]!;
  },
  extremesOf(g, rise, fall, count, extremes) {
    let first = -1;
    let most = -Infinity;
    let lowest = Infinity;
    for (let t = 0; t < count; t++) {
      const value = g[t]!;
      if (value + rise[t]! > most) {
        most = value + rise[t]!;
        first = t;
      }
      if (value + fall[t]! < lowest) lowest = value + fall[t]!;
    }
    extremes[0] = most;
    extremes[1] = lowest;
    return first;
  },
  bestPartner(g, fall, diagonal, row, own, most, least, count) {
    let partner = -1;
    let best = 0;
    for (let t = 0; t < count; t++) {
      const difference = most - (g[t]! + fall[t]!);
      if (difference <= 0) continue;
      let curvature = own + diagonal[t]! - 2 * row[t]!;
      if (curvature < least) curvature = least;
      const gain = (difference * difference) / curvature;
      if (gain > best) {
        best = gain;
        partner = t;
      }
    }
    return partner;
  },
};
