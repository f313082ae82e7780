// Max and average pooling, and their gradients, channel by channel in lanes.
import * as g from "./geometry";

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
  output += firstRow * bytes;
  for (let row: u32 = 0; row < rows; row++, output += bytes) {
    const taps = g.listTaps(table, bytes);
    const end = table + (taps << 3);
    if (isMax) maxOf(g.origin(), output, bytes, table, end);
    else meanOf(g.origin(), output, bytes, table, end, divisor(taps, countPadding));
    g.advance();
  }
}

/** NaN is remembered apart: a maximum that lets it through by itself costs three times as much. */
function maxOf(base: u32, output: u32, bytes: u32, table: u32, end: u32): void {
  let c: u32 = 0;
  for (; c + 32 <= bytes; c += 32) {
    let m0 = f32x4.splat(<f32>-Infinity), m1 = m0;
    let n0 = i32x4.splat(0), n1 = n0;
    for (let tap = table; tap < end; tap += 8) {
      const from = base + c + load<u32>(tap);
      const x0 = v128.load(from), x1 = v128.load(from, 16);
      n0 = v128.or(n0, f32x4.ne(x0, x0));
      n1 = v128.or(n1, f32x4.ne(x1, x1));
      m0 = f32x4.pmax(m0, x0);
      m1 = f32x4.pmax(m1, x1);
    }
    v128.store(output + c, v128.or(m0, n0));
    v128.store(output + c, v128.or(m1, n1), 16);
  }
  for (; c + 16 <= bytes; c += 16) {
    let most = f32x4.splat(<f32>-Infinity);
    for (let tap = table; tap < end; tap += 8) {
      most = f32x4.max(most, v128.load(base + c + load<u32>(tap)));
    }
    v128.store(output + c, most);
  }
  for (; c < bytes; c += 4) {
    let most: f32 = <f32>-Infinity;
    for (let tap = table; tap < end; tap += 8) most = max(most, load<f32>(base + c + load<u32>(tap)));
    store<f32>(output + c, most);
  }
}

function meanOf(base: u32, output: u32, bytes: u32, table: u32, end: u32, count: f32): void {
  const share = f32x4.splat(count);
  let c: u32 = 0;
  for (; c + 64 <= bytes; c += 64) {
    let t0 = f32x4.splat(0), t1 = t0, t2 = t0, t3 = t0;
    for (let tap = table; tap < end; tap += 8) {
      const from = base + c + load<u32>(tap);
      t0 = f32x4.add(t0, v128.load(from));
      t1 = f32x4.add(t1, v128.load(from, 16));
      t2 = f32x4.add(t2, v128.load(from, 32));
      t3 = f32x4.add(t3, v128.load(from, 48));
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
