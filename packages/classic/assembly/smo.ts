// What a step of sequential minimal optimisation does to all variables: the host's loops, two variables a lane pair, in two chains.

/** g -= delta * (rowI - rowJ): g float64, rows float32. */
export function subtractDifference(g: u32, rowI: u32, rowJ: u32, delta: f64, count: u32): void {
  const factor = f64x2.splat(delta);
  const whole = count & ~1;
  let t: u32 = 0;
  for (; t < whole; t += 2, g += 16, rowI += 8, rowJ += 8) {
    const difference = f64x2.sub(doubles(rowI), doubles(rowJ));
    v128.store(g, f64x2.sub(v128.load(g), f64x2.mul(factor, difference)));
  }
  if (t < count) store<f64>(g, load<f64>(g) - delta * (<f64>load<f32>(rowI) - <f64>load<f32>(rowJ)));
}

/** g -= factor * row. */
export function subtractRow(g: u32, row: u32, factor: f64, count: u32): void {
  const factors = f64x2.splat(factor);
  const whole = count & ~1;
  let t: u32 = 0;
  for (; t < whole; t += 2, g += 16, row += 8) {
    v128.store(g, f64x2.sub(v128.load(g), f64x2.mul(factors, doubles(row))));
  }
  if (t < count) store<f64>(g, load<f64>(g) - factor * <f64>load<f32>(row));
}

/** Returns where g + rise is greatest, the first of equals; that value and the least of g + fall go to `extremes`. */
export function extremesOf(g: u32, rise: u32, fall: u32, count: u32, extremes: u32): i32 {
  const toRise = rise - g;
  const toFall = fall - g;
  const base = g;
  let bestA = f64x2.splat(-Infinity);
  let bestB = bestA;
  let atA = i64x2.splat(-1);
  let atB = atA;
  let leastA = f64x2.splat(Infinity);
  let leastB = leastA;
  let place = i64x2(0, 1);
  const end = base + ((count & ~3) << 3);
  for (; g < end; g += 32) {
    const low = v128.load(g);
    const high = v128.load(g, 16);
    const a = f64x2.add(low, v128.load(g + toRise));
    const b = f64x2.add(high, v128.load(g + toRise, 16));
    leastA = f64x2.pmin(leastA, f64x2.add(low, v128.load(g + toFall)));
    leastB = f64x2.pmin(leastB, f64x2.add(high, v128.load(g + toFall, 16)));
    const isA = f64x2.gt(a, bestA);
    const isB = f64x2.gt(b, bestB);
    bestA = v128.bitselect(a, bestA, isA);
    bestB = v128.bitselect(b, bestB, isB);
    atA = v128.bitselect(place, atA, isA);
    atB = v128.bitselect(i64x2.add(place, i64x2.splat(2)), atB, isB);
    place = i64x2.add(place, i64x2.splat(4));
  }
  join(bestA, atA, bestB, atB);
  let lowest = firstLess(
    firstLess(f64x2.extract_lane(leastA, 0), f64x2.extract_lane(leastA, 1)),
    firstLess(f64x2.extract_lane(leastB, 0), f64x2.extract_lane(leastB, 1)),
  );
  for (let t = count & ~3; t < count; t++, g += 8) {
    const value = load<f64>(g) + load<f64>(g + toRise);
    if (value > joinedBest) {
      joinedBest = value;
      joinedAt = t;
    }
    lowest = firstLess(lowest, load<f64>(g) + load<f64>(g + toFall));
  }
  store<f64>(extremes, joinedBest);
  store<f64>(extremes, lowest, 8);
  return joinedAt;
}

/** Returns where max(0, most - g - fall)² / max(least, own + diagonal - 2 row) is greatest, the first of equals; -1 where all are 0. */
export function bestPartner(
  g: u32, fall: u32, diagonal: u32, row: u32, own: f64, most: f64, least: f64, count: u32,
): i32 {
  const toFall = fall - g;
  const toDiagonal = diagonal - g;
  let bestA = f64x2.splat(0);
  let bestB = bestA;
  let atA = i64x2.splat(-1);
  let atB = atA;
  let place = i64x2(0, 1);
  const end = g + ((count & ~3) << 3);
  for (; g < end; g += 32, row += 16) {
    const a = gain(v128.load(g), v128.load(g + toFall), v128.load(g + toDiagonal), doubles(row), own, most, least);
    const b = gain(
      v128.load(g, 16), v128.load(g + toFall, 16), v128.load(g + toDiagonal, 16), doubles(row + 8), own, most, least,
    );
    const isA = f64x2.gt(a, bestA);
    const isB = f64x2.gt(b, bestB);
    bestA = v128.bitselect(a, bestA, isA);
    bestB = v128.bitselect(b, bestB, isB);
    atA = v128.bitselect(place, atA, isA);
    atB = v128.bitselect(i64x2.add(place, i64x2.splat(2)), atB, isB);
    place = i64x2.add(place, i64x2.splat(4));
  }
  join(bestA, atA, bestB, atB);
  for (let t = count & ~3; t < count; t++, g += 8, row += 4) {
    const value = f64x2.extract_lane(
      gain(
        v128.load64_zero(g), v128.load64_zero(g + toFall), v128.load64_zero(g + toDiagonal),
        f64x2.splat(<f64>load<f32>(row)), own, most, least,
      ),
      0,
    );
    if (value > joinedBest) {
      joinedBest = value;
      joinedAt = t;
    }
  }
  return joinedAt;
}

let joinedBest: f64 = 0;
let joinedAt: i32 = 0;

/** Finds the greatest of four lanes, the one of the lowest place among equals. */
function join(bestA: v128, atA: v128, bestB: v128, atB: v128): void {
  const isB = v128.or(f64x2.gt(bestB, bestA), v128.and(f64x2.eq(bestA, bestB), i64x2.lt_s(atB, atA)));
  const best = v128.bitselect(bestB, bestA, isB);
  const at = v128.bitselect(atB, atA, isB);
  joinedBest = f64x2.extract_lane(best, 0);
  joinedAt = <i32>i64x2.extract_lane(at, 0);
  const other = f64x2.extract_lane(best, 1);
  const otherAt = <i32>i64x2.extract_lane(at, 1);
  if (other > joinedBest || (other == joinedBest && otherAt < joinedAt)) {
    joinedBest = other;
    joinedAt = otherAt;
  }
}

// @ts-ignore: decorator
@inline
function gain(g: v128, fall: v128, diagonal: v128, row: v128, own: f64, most: f64, least: f64): v128 {
  const difference = f64x2.pmax(f64x2.splat(0), f64x2.sub(f64x2.splat(most), f64x2.add(g, fall)));
  const sum = f64x2.add(f64x2.splat(own), diagonal);
  const curvature = f64x2.pmax(f64x2.splat(least), f64x2.sub(sum, f64x2.mul(f64x2.splat(2), row)));
  return f64x2.div(f64x2.mul(difference, difference), curvature);
}

// @ts-ignore: decorator
@inline
function doubles(at: u32): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function firstLess(a: f64, b: f64): f64 {
  return b < a ? b : a;
}
