// Squared Euclidean distances in float64 of one row to rows here and there: four of them at a time, so that none waits for
// another's sums nor for memory. Even and odd columns are summed apart, as the host version does; lanes: two columns.

/** Of `origin [columns]` to those of `rows [_, columns]` that `places [count]` names, into `out [count]`. */
export function rowDistances(origin: u32, rows: u32, columns: u32, places: u32, count: u32, out: u32): void {
  const end = places + (count << 2);
  const whole = places + ((count & ~3) << 2);
  for (; places < whole; places += 16, out += 32) {
    measureFour(origin, rows, columns, load<u32>(places), load<u32>(places, 4), load<u32>(places, 8), load<u32>(places, 12));
    store<f64>(out, d0);
    store<f64>(out, d1, 8);
    store<f64>(out, d2, 16);
    store<f64>(out, d3, 24);
  }
  for (; places < end; places += 4, out += 8) store<f64>(out, measureOne(origin, rows, columns, load<u32>(places)));
}

/** Whether `origin [columns]` is farther than `least` from all of those rows. */
export function isApart(origin: u32, rows: u32, columns: u32, places: u32, count: u32, least: f64): i32 {
  const end = places + (count << 2);
  const whole = places + ((count & ~3) << 2);
  for (; places < whole; places += 16) {
    measureFour(origin, rows, columns, load<u32>(places), load<u32>(places, 4), load<u32>(places, 8), load<u32>(places, 12));
    if (d0 <= least || d1 <= least || d2 <= least || d3 <= least) return 0;
  }
  for (; places < end; places += 4) {
    if (measureOne(origin, rows, columns, load<u32>(places)) <= least) return 0;
  }
  return 1;
}

let d0: f64 = 0;
let d1: f64 = 0;
let d2: f64 = 0;
let d3: f64 = 0;

function measureFour(origin: u32, rows: u32, columns: u32, p0: u32, p1: u32, p2: u32, p3: u32): void {
  const bytes = columns << 3;
  let r0 = rows + p0 * bytes;
  let r1 = rows + p1 * bytes;
  let r2 = rows + p2 * bytes;
  let r3 = rows + p3 * bytes;
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = origin + ((columns & ~1) << 3);
  for (; origin < end; origin += 16, r0 += 16, r1 += 16, r2 += 16, r3 += 16) {
    const own = v128.load(origin);
    const a = f64x2.sub(own, v128.load(r0));
    const b = f64x2.sub(own, v128.load(r1));
    const c = f64x2.sub(own, v128.load(r2));
    const d = f64x2.sub(own, v128.load(r3));
    s0 = f64x2.add(s0, f64x2.mul(a, a));
    s1 = f64x2.add(s1, f64x2.mul(b, b));
    s2 = f64x2.add(s2, f64x2.mul(c, c));
    s3 = f64x2.add(s3, f64x2.mul(d, d));
  }
  const isOdd = columns & 1;
  d0 = total(s0, isOdd, origin, r0);
  d1 = total(s1, isOdd, origin, r1);
  d2 = total(s2, isOdd, origin, r2);
  d3 = total(s3, isOdd, origin, r3);
}

function measureOne(origin: u32, rows: u32, columns: u32, place: u32): f64 {
  let row = rows + place * (columns << 3);
  let sum = f64x2.splat(0);
  const end = origin + ((columns & ~1) << 3);
  for (; origin < end; origin += 16, row += 16) {
    const difference = f64x2.sub(v128.load(origin), v128.load(row));
    sum = f64x2.add(sum, f64x2.mul(difference, difference));
  }
  return total(sum, columns & 1, origin, row);
}

/** Even and odd sums together, with the last column where their number is odd. */
// @ts-ignore: decorator
@inline
function total(sum: v128, isOdd: u32, origin: u32, row: u32): f64 {
  let even = f64x2.extract_lane(sum, 0);
  if (isOdd) {
    const difference = load<f64>(origin) - load<f64>(row);
    even += difference * difference;
  }
  return even + f64x2.extract_lane(sum, 1);
}
