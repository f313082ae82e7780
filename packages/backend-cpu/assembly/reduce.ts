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
  for (i = n & ~15; i < n; i++) total += <f64>load<f32>(from + (i << 2));
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

function extremeOfRow(max: bool, from: u32, n: u32): f32 {
  let best: f32 = max ? <f32>-Infinity : <f32>Infinity;
  let i: u32 = 0;
  if (n >= 16) {
    let a = f32x4.splat(best), b = a, c = a, d = a;
    // NaN is remembered apart: an extreme that lets it through by itself costs three times as much.
    let nan = i32x4.splat(0);
    for (; i + 16 <= n; i += 16) {
      const at = from + (i << 2);
      const x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48);
      nan = v128.or(nan, v128.or(v128.or(f32x4.ne(x0, x0), f32x4.ne(x1, x1)), v128.or(f32x4.ne(x2, x2), f32x4.ne(x3, x3))));
      a = quick(max, a, x0);
      b = quick(max, b, x1);
      c = quick(max, c, x2);
      d = quick(max, d, x3);
    }
    if (v128.any_true(nan)) return NaN;
    const four = pick(max, pick(max, a, b), pick(max, c, d));
    const two = pick(max, four, v128.shuffle<f32>(four, four, 2, 3, 0, 1));
    const one = pick(max, two, v128.shuffle<f32>(two, two, 1, 0, 3, 2));
    best = f32x4.extract_lane(one, 0);
  }
  for (; i < n; i++) {
    const x = load<f32>(from + (i << 2));
    best = max ? Mathf.max(best, x) : Mathf.min(best, x);
  }
  return best;
}

/**
 * output[row] = where the largest (or smallest) of `n` contiguous elements is: the first of equals, or the first NaN. Lanes:
 * elements 4 i to 4 i + 3 of a row, each lane with a winner of its own.
 */
export function indexRows(isLargest: bool, from: u32, rows: u32, n: u32, output: u32): void {
  for (let row: u32 = 0; row < rows; row++) {
    store<u32>(output + (row << 2), winnerOf(isLargest, from, n));
    from += n << 2;
  }
}

function winnerOf(isLargest: bool, from: u32, n: u32): u32 {
  let best = load<f32>(from);
  let winner: u32 = 0;
  let i: u32 = 1;
  if (n >= 8) {
    let champions = v128.load(from);
    let places = i32x4(0, 1, 2, 3);
    let at = places;
    let nan = f32x4.ne(champions, champions);
    for (i = 4; i + 4 <= n; i += 4) {
      const x = v128.load(from + (i << 2));
      at = i32x4.add(at, i32x4.splat(4));
      const wins = isLargest ? f32x4.gt(x, champions) : f32x4.lt(x, champions);
      champions = v128.bitselect(x, champions, wins);
      places = v128.bitselect(at, places, wins);
      nan = v128.or(nan, f32x4.ne(x, x));
    }
    if (v128.any_true(nan)) return firstNaN(from);
    best = f32x4.extract_lane(champions, 0);
    winner = i32x4.extract_lane(places, 0);
    for (let lane: u32 = 1; lane < 4; lane++) {
      champions = v128.shuffle<f32>(champions, champions, 1, 2, 3, 0);
      places = v128.shuffle<f32>(places, places, 1, 2, 3, 0);
      const x = f32x4.extract_lane(champions, 0);
      const place = <u32>i32x4.extract_lane(places, 0);
      const wins = isLargest ? x > best : x < best;
      if (wins || (x === best && place < winner)) {
        best = x;
        winner = place;
      }
    }
  }
  for (; i < n; i++) {
    const x = load<f32>(from + (i << 2));
    if (best !== best) return winner;
    if (x !== x || (isLargest ? x > best : x < best)) {
      best = x;
      winner = i;
    }
  }
  return winner;
}

function firstNaN(from: u32): u32 {
  let i: u32 = 0;
  while (true) {
    const x = load<f32>(from + (i << 2));
    if (x !== x) return i;
    i++;
  }
}

// @ts-ignore: decorator
@inline
function pick(max: bool, a: v128, b: v128): v128 {
  return max ? f32x4.max(a, b) : f32x4.min(a, b);
}

/** Without NaN: one instruction. */
// @ts-ignore: decorator
@inline
function quick(max: bool, a: v128, b: v128): v128 {
  return max ? f32x4.pmax(a, b) : f32x4.pmin(a, b);
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

function extremeOfColumns(max: bool, from: u32, rows: u32, step: u32, output: u32): void {
  let a = f32x4.splat(max ? <f32>-Infinity : <f32>Infinity), b = a, c = a, d = a;
  for (let i: u32 = 0; i < rows; i++, from += step) {
    a = pick(max, a, v128.load(from));
    b = pick(max, b, v128.load(from, 16));
    c = pick(max, c, v128.load(from, 32));
    d = pick(max, d, v128.load(from, 48));
  }
  v128.store(output, a);
  v128.store(output, b, 16);
  v128.store(output, c, 32);
  v128.store(output, d, 48);
}

function extremeOfFour(max: bool, from: u32, rows: u32, step: u32, output: u32): void {
  let a = f32x4.splat(max ? <f32>-Infinity : <f32>Infinity);
  for (let i: u32 = 0; i < rows; i++, from += step) a = pick(max, a, v128.load(from));
  v128.store(output, a);
}
