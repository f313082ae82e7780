// Sums, maxima and minima of float32 over rows or over columns of a matrix.

/** What {@link foldRows} and {@link foldColumns} compute. */
const isSum: u32 = 0;
const isMax: u32 = 1;

/** Additions in float32 before a partial sum goes into float64: 16 a lane, an error of 1e-6 at the very worst. */
const block: u32 = 256;

/** output[row] = the fold of `n` contiguous elements. Lanes: elements 4 i to 4 i + 3 of a row, in four accumulators. */
export function foldRows(operator: u32, from: u32, rows: u32, n: u32, output: u32): void {
  for (let row: u32 = 0; row < rows; row++) {
    const x = operator === isSum ? sumRow(from, n) : extremeOfRow(operator === isMax, from, n);
    store<f32>(output + (row << 2), x);
    from += n << 2;
  }
}

function sumRow(from: u32, n: u32): f32 {
  let total: f64 = 0;
  let i: u32 = 0;
  for (; i + 16 <= n; i += block) {
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    const end = min(i + block, n & ~15);
    for (let k = i; k < end; k += 16) {
      const at = from + (k << 2);
      a = f32x4.add(a, v128.load(at));
      b = f32x4.add(b, v128.load(at, 16));
      c = f32x4.add(c, v128.load(at, 32));
      d = f32x4.add(d, v128.load(at, 48));
    }
    total += across(a) + across(b) + (across(c) + across(d));
  }
  i = n & ~15;
  if (i + 4 <= n) {
    let a = f32x4.splat(0);
    for (; i + 4 <= n; i += 4) a = f32x4.add(a, v128.load(from + (i << 2)));
    total += across(a);
  }
  for (; i < n; i++) total += <f64>load<f32>(from + (i << 2));
  return <f32>total;
}

/** The sum of four lanes in float64. */
// @ts-ignore: decorator
@inline
function across(x: v128): f64 {
  const pair = f64x2.add(
    f64x2.promote_low_f32x4(x),
    f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)),
  );
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/**
 * A maximum that knows NaN and the signs of zeros costs three times as much as one that does not. So that there is a probe, a sum of
 * all: NaN if one of them is, or if infinities of both signs meet. Then, and where -0 comes out, which may have met 0, it is
 * computed again. A change of sign makes the smallest the largest.
 */
function extremeOfRow(max: bool, from: u32, n: u32): f32 {
  if (n < 4) return preciseExtreme(max, from, n);
  const sign = i32x4.splat(max ? 0 : 0x80000000);
  let most = f32x4.splat(<f32>-Infinity);
  let probe = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 16 <= n; i += 16) {
    const at = from + (i << 2);
    const x0 = v128.xor(v128.load(at), sign), x1 = v128.xor(v128.load(at, 16), sign);
    const x2 = v128.xor(v128.load(at, 32), sign), x3 = v128.xor(v128.load(at, 48), sign);
    most = f32x4.pmax(most, f32x4.pmax(f32x4.pmax(x0, x1), f32x4.pmax(x2, x3)));
    probe = f32x4.add(probe, f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)));
  }
  for (; i < n; i += 4) {
    // The last vector covers the row's last four elements.
    const x = v128.xor(v128.load(from + (min(i, n - 4) << 2)), sign);
    most = f32x4.pmax(most, x);
    probe = f32x4.add(probe, x);
  }
  most = f32x4.pmax(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
  most = f32x4.pmax(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2));
  if (v128.any_true(v128.or(f32x4.ne(probe, probe), isNegativeZero(most)))) return preciseExtreme(max, from, n);
  return f32x4.extract_lane(v128.xor(most, sign), 0);
}

// @ts-ignore: decorator
@inline
function isNegativeZero(x: v128): v128 {
  return i32x4.eq(x, i32x4.splat(0x80000000));
}

export function preciseExtreme(max: bool, from: u32, n: u32): f32 {
  let best: f32 = max ? <f32>-Infinity : <f32>Infinity;
  let i: u32 = 0;
  if (n >= 4) {
    let four = f32x4.splat(best);
    for (; i + 4 <= n; i += 4) four = pick(max, four, v128.load(from + (i << 2)));
    four = pick(max, four, v128.shuffle<f32>(four, four, 2, 3, 0, 1));
    best = f32x4.extract_lane(pick(max, four, v128.shuffle<f32>(four, four, 1, 0, 3, 2)), 0);
  }
  for (; i < n; i++) {
    const x = load<f32>(from + (i << 2));
    best = max ? Mathf.max(best, x) : Mathf.min(best, x);
  }
  return best;
}

/**
 * output[row] = where the largest (or smallest) of `n` contiguous elements is: the first of equals, or the first NaN. It is looked
 * for once it is known: to carry places along costs more.
 */
export function indexRows(isLargest: bool, from: u32, rows: u32, n: u32, output: u32): void {
  for (let row: u32 = 0; row < rows; row++) {
    store<u32>(output + (row << 2), placeOf(extremeOfRow(isLargest, from, n), from, n));
    from += n << 2;
  }
}

/** The first place of `x` in a row that has it; NaN is in its place too. */
function placeOf(x: f32, from: u32, n: u32): u32 {
  let i: u32 = 0;
  if (x !== x) {
    while (load<f32>(from + (i << 2)) === load<f32>(from + (i << 2))) i++;
    return i;
  }
  const four = f32x4.splat(x);
  for (; i + 16 <= n; i += 16) {
    const at = from + (i << 2);
    const isFirst = v128.or(f32x4.eq(v128.load(at), four), f32x4.eq(v128.load(at, 16), four));
    const isSecond = v128.or(f32x4.eq(v128.load(at, 32), four), f32x4.eq(v128.load(at, 48), four));
    if (v128.any_true(v128.or(isFirst, isSecond))) break;
  }
  for (; i + 4 <= n; i += 4) {
    const found = i32x4.bitmask(f32x4.eq(v128.load(from + (i << 2)), four));
    if (found !== 0) return i + ctz(found);
  }
  while (load<f32>(from + (i << 2)) !== x) i++;
  return i;
}

/**
 * output[column] = where the largest (or smallest) of `rows` elements `n` apart is: the first of equals, or the first NaN. Lanes:
 * sixteen neighbouring columns, then four; one by one what is left, and where a probe (see {@link winnersOfColumns}) says so.
 */
export function indexColumns(isLargest: bool, from: u32, rows: u32, n: u32, output: u32): void {
  const step = n << 2;
  const sign = i32x4.splat(isLargest ? 0 : 0x80000000);
  let j: u32 = 0;
  for (; j + 16 <= n; j += 16) {
    const at = from + (j << 2), to = output + (j << 2);
    if (!winnersOfColumns(sign, at, rows, step, to)) winnersOneByOne(isLargest, at, rows, step, 16, to);
  }
  for (; j + 4 <= n; j += 4) {
    const at = from + (j << 2), to = output + (j << 2);
    if (!winnersOfFour(sign, at, rows, step, to)) winnersOneByOne(isLargest, at, rows, step, 4, to);
  }
  winnersOneByOne(isLargest, from + (j << 2), rows, step, n - j, output + (j << 2));
}

/** Returns false where there may be NaN: a sum of all elements tells. `sign` turns the smallest into the largest. */
export function winnersOfColumns(sign: v128, from: u32, rows: u32, step: u32, output: u32): bool {
  let b0 = v128.xor(v128.load(from), sign), b1 = v128.xor(v128.load(from, 16), sign);
  let b2 = v128.xor(v128.load(from, 32), sign), b3 = v128.xor(v128.load(from, 48), sign);
  let p0 = i32x4.splat(0), p1 = p0, p2 = p0, p3 = p0;
  let probe = f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3));
  let place = i32x4.splat(0);
  for (let i: u32 = 1; i < rows; i++) {
    from += step;
    place = i32x4.add(place, i32x4.splat(1));
    const x0 = v128.xor(v128.load(from), sign), x1 = v128.xor(v128.load(from, 16), sign);
    p0 = v128.bitselect(place, p0, f32x4.gt(x0, b0));
    b0 = f32x4.pmax(b0, x0);
    p1 = v128.bitselect(place, p1, f32x4.gt(x1, b1));
    b1 = f32x4.pmax(b1, x1);
    const x2 = v128.xor(v128.load(from, 32), sign), x3 = v128.xor(v128.load(from, 48), sign);
    p2 = v128.bitselect(place, p2, f32x4.gt(x2, b2));
    b2 = f32x4.pmax(b2, x2);
    p3 = v128.bitselect(place, p3, f32x4.gt(x3, b3));
    b3 = f32x4.pmax(b3, x3);
    probe = f32x4.add(probe, f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)));
  }
  v128.store(output, p0);
  v128.store(output, p1, 16);
  v128.store(output, p2, 32);
  v128.store(output, p3, 48);
  return !v128.any_true(f32x4.ne(probe, probe));
}

function winnersOfFour(sign: v128, from: u32, rows: u32, step: u32, output: u32): bool {
  let best = v128.xor(v128.load(from), sign);
  let winner = i32x4.splat(0), place = winner;
  let probe = best;
  for (let i: u32 = 1; i < rows; i++) {
    from += step;
    place = i32x4.add(place, i32x4.splat(1));
    const x = v128.xor(v128.load(from), sign);
    winner = v128.bitselect(place, winner, f32x4.gt(x, best));
    best = f32x4.pmax(best, x);
    probe = f32x4.add(probe, x);
  }
  v128.store(output, winner);
  return !v128.any_true(f32x4.ne(probe, probe));
}

function winnersOneByOne(isLargest: bool, from: u32, rows: u32, step: u32, columns: u32, output: u32): void {
  for (let j: u32 = 0; j < columns; j++) {
    let at = from + (j << 2);
    let best = load<f32>(at);
    let winner: u32 = 0;
    for (let i: u32 = 1; i < rows && best === best; i++) {
      at += step;
      const x = load<f32>(at);
      if (x !== x || (isLargest ? x > best : x < best)) {
        best = x;
        winner = i;
      }
    }
    store<u32>(output + (j << 2), winner);
  }
}

// @ts-ignore: decorator
@inline
function pick(max: bool, a: v128, b: v128): v128 {
  return max ? f32x4.max(a, b) : f32x4.min(a, b);
}

/** output[column] = the fold of `rows` elements `n` apart. Lanes: sixteen neighbouring columns, then one by one. */
export function foldColumns(operator: u32, from: u32, rows: u32, n: u32, output: u32): void {
  let j: u32 = 0;
  for (; j + 16 <= n; j += 16) {
    if (operator === isSum) sumColumns(from + (j << 2), rows, n << 2, output + (j << 2));
    else extremeOfColumns(operator === isMax, from + (j << 2), rows, n << 2, output + (j << 2));
  }
  for (; j + 4 <= n; j += 4) {
    if (operator === isSum) sumFourColumns(from + (j << 2), rows, n << 2, output + (j << 2));
    else extremeOfFour(operator === isMax, from + (j << 2), rows, n << 2, output + (j << 2));
  }
  for (; j < n; j++) {
    let total: f64 = 0;
    let best: f32 = operator === isMax ? <f32>-Infinity : <f32>Infinity;
    let at = from + (j << 2);
    for (let i: u32 = 0; i < rows; i++, at += n << 2) {
      const x = load<f32>(at);
      if (operator === isSum) total += <f64>x;
      else best = operator === isMax ? Mathf.max(best, x) : Mathf.min(best, x);
    }
    store<f32>(output + (j << 2), operator === isSum ? <f32>total : best);
  }
}

const rowsAtOnce: u32 = 16;

function sumColumns(from: u32, rows: u32, step: u32, output: u32): void {
  const zero = f64x2.splat(0);
  let t0 = zero, t1 = zero, t2 = zero, t3 = zero, t4 = zero, t5 = zero, t6 = zero, t7 = zero;
  for (let i: u32 = 0; i < rows; i += rowsAtOnce) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (let k = min(rowsAtOnce, rows - i); k > 0; k--) {
      a = f32x4.add(a, v128.load(from));
      b = f32x4.add(b, v128.load(from, 16));
      c = f32x4.add(c, v128.load(from, 32));
      d = f32x4.add(d, v128.load(from, 48));
      from += step;
    }
    t0 = f64x2.add(t0, low(a));
    t1 = f64x2.add(t1, high(a));
    t2 = f64x2.add(t2, low(b));
    t3 = f64x2.add(t3, high(b));
    t4 = f64x2.add(t4, low(c));
    t5 = f64x2.add(t5, high(c));
    t6 = f64x2.add(t6, low(d));
    t7 = f64x2.add(t7, high(d));
  }
  v128.store(output, narrow(t0, t1));
  v128.store(output, narrow(t2, t3), 16);
  v128.store(output, narrow(t4, t5), 32);
  v128.store(output, narrow(t6, t7), 48);
}

function sumFourColumns(from: u32, rows: u32, step: u32, output: u32): void {
  let t0 = f64x2.splat(0), t1 = t0;
  for (let i: u32 = 0; i < rows; i += rowsAtOnce) {
    let a = f32x4.splat(0);
    for (let k = min(rowsAtOnce, rows - i); k > 0; k--) {
      a = f32x4.add(a, v128.load(from));
      from += step;
    }
    t0 = f64x2.add(t0, low(a));
    t1 = f64x2.add(t1, high(a));
  }
  v128.store(output, narrow(t0, t1));
}

// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
}

// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5);
}

/** As {@link extremeOfRow}, with a probe for all sixteen. */
function extremeOfColumns(max: bool, from: u32, rows: u32, step: u32, output: u32): void {
  const sign = i32x4.splat(max ? 0 : 0x80000000);
  let a = f32x4.splat(<f32>-Infinity), b = a, c = a, d = a;
  let probe = f32x4.splat(0);
  let at = from;
  for (let i: u32 = 0; i < rows; i++, at += step) {
    const x0 = v128.xor(v128.load(at), sign), x1 = v128.xor(v128.load(at, 16), sign);
    const x2 = v128.xor(v128.load(at, 32), sign), x3 = v128.xor(v128.load(at, 48), sign);
    a = f32x4.pmax(a, x0);
    b = f32x4.pmax(b, x1);
    c = f32x4.pmax(c, x2);
    d = f32x4.pmax(d, x3);
    probe = f32x4.add(probe, f32x4.add(f32x4.add(x0, x1), f32x4.add(x2, x3)));
  }
  const isZero = v128.or(v128.or(isNegativeZero(a), isNegativeZero(b)), v128.or(isNegativeZero(c), isNegativeZero(d)));
  if (v128.any_true(v128.or(f32x4.ne(probe, probe), isZero))) {
    for (let j: u32 = 0; j < 64; j += 16) extremeOfFour(max, from + j, rows, step, output + j);
    return;
  }
  v128.store(output, v128.xor(a, sign));
  v128.store(output, v128.xor(b, sign), 16);
  v128.store(output, v128.xor(c, sign), 32);
  v128.store(output, v128.xor(d, sign), 48);
}

function extremeOfFour(max: bool, from: u32, rows: u32, step: u32, output: u32): void {
  let a = f32x4.splat(max ? <f32>-Infinity : <f32>Infinity);
  for (let i: u32 = 0; i < rows; i++, from += step) a = pick(max, a, v128.load(from));
  v128.store(output, a);
}
