// Max and average pooling, and their gradients, channel by channel in lanes.
import * as g from "./geometry";
import { madd } from "./madd";

/** What a mean divides by: the taps inside, or with `countPadding` those inside the padding too. */
function divisor(inside: u32, countPadding: bool): f32 {
  if (!countPadding) return <f32>inside;
  const z = g.endTap(g.atZ, g.gapDepth, g.depth + g.afterDepth, g.windowDepth);
  const y = g.endTap(g.atY, g.gapHeight, g.height + g.afterHeight, g.windowHeight);
  const x = g.endTap(g.atX, g.gapWidth, g.width + g.afterWidth, g.windowWidth);
  return <f32>(z * y * x);
}

/**
 * Pools `rows` windows from `firstRow`. Index mapping: a row of output is one window, all channels; `table` has room for two words a tap.
 * Lanes: four channels.
 */
export function pool(
  input: u32, output: u32, firstRow: u32, rows: u32, isMax: bool, countPadding: bool, table: u32, geometry: u32,
): void {
  g.readGeometry(geometry);
  g.seek(firstRow, input);
  g.clearTaps();
  const bytes = <u32>g.channels << 2;
  const step = <u32>g.strideWidth * bytes;
  output += firstRow * bytes;
  while (rows > 0) {
    const windows = min(rows, g.leftAlike());
    const taps = g.listTaps(table, bytes);
    const end = table + (taps << 3);
    if (isMax) maximaOf(g.origin(), step, windows, output, bytes, table, end);
    else meansOf(g.origin(), step, windows, output, bytes, table, end, divisor(taps, countPadding));
    rows -= windows;
    output += windows * bytes;
    g.advanceBy(windows);
  }
}

// What follows are functions of their own, and exported, so that the compiler inlines them nowhere.

/** Taps two at a time: engines without fused multiply-add have compilers that find no registers for it. */
const inPairs: bool = ASC_FEATURE_RELAXED_SIMD;

/**
 * Maxima of windows of the same taps, `step` apart. A maximum that lets NaN through by itself costs three times as much, so that
 * probes are computed beside, sums or of pairs sums of products: NaN wherever a tap is, and where infinities meet, which is seldom.
 */
export function maximaOf(base: u32, step: u32, windows: u32, output: u32, bytes: u32, table: u32, end: u32): void {
  const worst = f32x4.splat(<f32>-Infinity);
  for (; windows > 0; windows--, base += step, output += bytes) {
    let c: u32 = 0;
    for (; c + 64 <= bytes; c += 64) {
      let m0 = worst, m1 = worst, m2 = worst, m3 = worst;
      let p0 = f32x4.splat(0), p1 = p0, p2 = p0, p3 = p0;
      let tap = table;
      for (; inPairs && tap + 8 < end; tap += 16) {
        const a = base + c + load<u32>(tap), b = base + c + load<u32>(tap, 8);
        const a0 = v128.load(a), b0 = v128.load(b);
        const a1 = v128.load(a, 16), b1 = v128.load(b, 16);
        m0 = f32x4.pmax(f32x4.pmax(m0, a0), b0);
        p0 = madd(a0, b0, p0);
        m1 = f32x4.pmax(f32x4.pmax(m1, a1), b1);
        p1 = madd(a1, b1, p1);
        const a2 = v128.load(a, 32), b2 = v128.load(b, 32);
        const a3 = v128.load(a, 48), b3 = v128.load(b, 48);
        m2 = f32x4.pmax(f32x4.pmax(m2, a2), b2);
        p2 = madd(a2, b2, p2);
        m3 = f32x4.pmax(f32x4.pmax(m3, a3), b3);
        p3 = madd(a3, b3, p3);
      }
      for (; tap < end; tap += 8) {
        const a = base + c + load<u32>(tap);
        const a0 = v128.load(a), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48);
        m0 = f32x4.pmax(m0, a0);
        m1 = f32x4.pmax(m1, a1);
        m2 = f32x4.pmax(m2, a2);
        m3 = f32x4.pmax(m3, a3);
        p0 = f32x4.add(p0, a0);
        p1 = f32x4.add(p1, a1);
        p2 = f32x4.add(p2, a2);
        p3 = f32x4.add(p3, a3);
      }
      const probe = f32x4.add(f32x4.add(p0, p1), f32x4.add(p2, p3));
      if (v128.any_true(f32x4.ne(probe, probe))) {
        for (let i: u32 = 0; i < 64; i += 16) maximumWithNaN(base + c + i, output + c + i, table, end);
        continue;
      }
      v128.store(output + c, m0);
      v128.store(output + c, m1, 16);
      v128.store(output + c, m2, 32);
      v128.store(output + c, m3, 48);
    }
    for (; c + 16 <= bytes; c += 16) {
      let most = worst;
      let probe = f32x4.splat(0);
      for (let tap = table; tap < end; tap += 8) {
        const x = v128.load(base + c + load<u32>(tap));
        most = f32x4.pmax(most, x);
        probe = f32x4.add(probe, x);
      }
      if (v128.any_true(f32x4.ne(probe, probe))) maximumWithNaN(base + c, output + c, table, end);
      else v128.store(output + c, most);
    }
    for (; c < bytes; c += 4) {
      let most: f32 = <f32>-Infinity;
      for (let tap = table; tap < end; tap += 8) most = max(most, load<f32>(base + c + load<u32>(tap)));
      store<f32>(output + c, most);
    }
  }
}

/** The maximum of four channels that lets NaN through: three times as many instructions. */
export function maximumWithNaN(base: u32, output: u32, table: u32, end: u32): void {
  let most = f32x4.splat(<f32>-Infinity);
  for (let tap = table; tap < end; tap += 8) most = f32x4.max(most, v128.load(base + load<u32>(tap)));
  v128.store(output, most);
}

/** Means of windows of the same taps, `step` apart. */
export function meansOf(
  base: u32, step: u32, windows: u32, output: u32, bytes: u32, table: u32, end: u32, count: f32,
): void {
  const share = f32x4.splat(count);
  for (; windows > 0; windows--, base += step, output += bytes) {
    let c: u32 = 0;
    for (; c + 64 <= bytes; c += 64) {
      let t0 = f32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
      let tap = table;
      for (; inPairs && tap + 8 < end; tap += 16) {
        const a = base + c + load<u32>(tap), b = base + c + load<u32>(tap, 8);
        t0 = f32x4.add(f32x4.add(t0, v128.load(a)), v128.load(b));
        t1 = f32x4.add(f32x4.add(t1, v128.load(a, 16)), v128.load(b, 16));
        t2 = f32x4.add(f32x4.add(t2, v128.load(a, 32)), v128.load(b, 32));
        t3 = f32x4.add(f32x4.add(t3, v128.load(a, 48)), v128.load(b, 48));
      }
      for (; tap < end; tap += 8) {
        const a = base + c + load<u32>(tap);
        t0 = f32x4.add(t0, v128.load(a));
        t1 = f32x4.add(t1, v128.load(a, 16));
        t2 = f32x4.add(t2, v128.load(a, 32));
        t3 = f32x4.add(t3, v128.load(a, 48));
      }
      v128.store(output + c, f32x4.div(t0, share));
      v128.store(output + c, f32x4.div(t1, share), 16);
      v128.store(output + c, f32x4.div(t2, share), 32);
      v128.store(output + c, f32x4.div(t3, share), 48);
    }
    for (; c + 16 <= bytes; c += 16) {
      let total = f32x4.splat(0);
      for (let tap = table; tap < end; tap += 8) {
        total = f32x4.add(total, v128.load(base + c + load<u32>(tap)));
      }
      v128.store(output + c, f32x4.div(total, share));
    }
    for (; c < bytes; c += 4) {
      let total: f32 = 0;
      for (let tap = table; tap < end; tap += 8) total += load<f32>(base + c + load<u32>(tap));
      store<f32>(output + c, total / count);
    }
  }
}

/**
 * Gives each window's gradient to its first winner, or evenly to all, of `images` images. `output` lies as `input` does. Index
 * mapping: a row of gradient is one window, all channels. Lanes: four channels.
 */
export function poolGradient(
  input: u32, gradient: u32, output: u32, images: u32,
  isMax: bool, countPadding: bool, table: u32, geometry: u32,
): void {
  g.readGeometry(geometry);
  memory.fill(output, 0, g.imageBytes(images));
  const rows = g.positionsOf(images);
  g.seek(0, input);
  g.clearTaps();
  const bytes = <u32>g.channels << 2;
  const away = output - input;
  for (let row: u32 = 0; row < rows; row++, gradient += bytes) {
    const base = g.origin();
    const taps = g.listTaps(table, bytes);
    const end = table + (taps << 3);
    const scale = f32x4.splat(isMax ? 1 : divisor(taps, countPadding));
    let c: u32 = 0;
    for (; c + 16 <= bytes; c += 16) {
      const passed = v128.load(gradient + c);
      if (isMax) passToWinners(base + c, passed, table, end, away, true);
      else share(base + c + away, f32x4.div(passed, scale), table, end, true);
    }
    for (; c < bytes; c += 4) {
      const passed = v128.load32_zero(gradient + c);
      if (isMax) passToWinners(base + c, passed, table, end, away, false);
      else share(base + c + away, f32x4.div(passed, scale), table, end, false);
    }
    g.advance();
  }
}

// @ts-ignore: decorator
@inline
function share(base: u32, part: v128, table: u32, end: u32, lanes: bool): void {
  for (let tap = table; tap < end; tap += 8) add(base + load<u32>(tap), part, lanes);
}

// @ts-ignore: decorator
@inline
function add(at: u32, part: v128, lanes: bool): void {
  if (lanes) v128.store(at, f32x4.add(v128.load(at), part));
  else store<f32>(at, load<f32>(at) + f32x4.extract_lane(part, 0));
}

/** The first of equals wins, the first NaN beats all; a second walk adds the gradient where the winner was. */
// @ts-ignore: decorator
@inline
function passToWinners(base: u32, passed: v128, table: u32, end: u32, away: u32, lanes: bool): void {
  let best = f32x4.splat(0);
  let winner = i32x4.splat(-1);
  for (let tap = table; tap < end; tap += 8) {
    const at = base + load<u32>(tap);
    const value = lanes ? v128.load(at) : v128.load32_zero(at);
    const isFirstNaN = v128.andnot(f32x4.eq(best, best), f32x4.eq(value, value));
    let wins = v128.or(f32x4.gt(value, best), isFirstNaN);
    if (tap === table) wins = i32x4.splat(-1);
    best = v128.bitselect(value, best, wins);
    winner = v128.bitselect(i32x4.splat(tap), winner, wins);
  }
  for (let tap = table; tap < end; tap += 8) {
    const mask = i32x4.eq(winner, i32x4.splat(tap));
    add(base + load<u32>(tap) + away, v128.and(passed, mask), lanes);
  }
}
