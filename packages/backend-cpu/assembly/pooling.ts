// Max and average pooling, and their gradients, channel by channel in lanes.
import * as g from "./geometry";

let z0: i32 = 0, z1: i32 = 0, y0: i32 = 0, y1: i32 = 0, x0: i32 = 0, x1: i32 = 0;

/** Finds which taps of the current window lie inside the input. */
function readTaps(): void {
  z0 = g.firstTap(g.atZ, g.gapDepth);
  z1 = g.endTap(g.atZ, g.gapDepth, g.depth, g.windowDepth);
  y0 = g.firstTap(g.atY, g.gapHeight);
  y1 = g.endTap(g.atY, g.gapHeight, g.height, g.windowHeight);
  x0 = g.firstTap(g.atX, g.gapWidth);
  x1 = g.endTap(g.atX, g.gapWidth, g.width, g.windowWidth);
}

/** What a mean divides by: the taps inside, or with `countPadding` those inside the padding too. */
function divisor(countPadding: bool): f32 {
  if (!countPadding) {
    return <f32>(max(0, z1 - z0) * max(0, y1 - y0) * max(0, x1 - x0));
  }
  const z = g.endTap(g.atZ, g.gapDepth, g.depth + g.afterDepth, g.windowDepth);
  const y = g.endTap(g.atY, g.gapHeight, g.height + g.afterHeight, g.windowHeight);
  const x = g.endTap(g.atX, g.gapWidth, g.width + g.afterWidth, g.windowWidth);
  return <f32>(z * y * x);
}

// @ts-ignore: decorator
@inline
function placeOf(base: u32, z: i32, y: i32, x: i32, bytes: u32): u32 {
  return base + <u32>((z * g.gapDepth * g.height + y * g.gapHeight) * g.width + x * g.gapWidth) * bytes;
}

/** Pools `rows` windows. Index mapping: a row of output is one window, all channels. Lanes: four channels. */
export function pool(
  input: u32, output: u32, rows: u32, isMax: bool, countPadding: bool, geometry: u32,
): void {
  g.readGeometry(geometry);
  g.seek(0, input);
  const bytes = <u32>g.channels << 2;
  const whole = bytes & ~15;
  for (let row: u32 = 0; row < rows; row++, output += bytes) {
    readTaps();
    const base = g.origin();
    const scale = isMax ? <f32>1 : divisor(countPadding);
    let c: u32 = 0;
    for (; c < whole; c += 16) {
      let total = f32x4.splat(isMax ? <f32>-Infinity : 0);
      for (let z = z0; z < z1; z++) {
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++) {
            const value = v128.load(placeOf(base + c, z, y, x, bytes));
            total = isMax ? f32x4.max(total, value) : f32x4.add(total, value);
          }
        }
      }
      v128.store(output + c, isMax ? total : f32x4.div(total, f32x4.splat(scale)));
    }
    for (; c < bytes; c += 4) {
      let total: f32 = isMax ? <f32>-Infinity : 0;
      for (let z = z0; z < z1; z++) {
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++) {
            const value = load<f32>(placeOf(base + c, z, y, x, bytes));
            total = isMax ? max(total, value) : total + value;
          }
        }
      }
      store<f32>(output + c, isMax ? total : total / scale);
    }
    g.advance();
  }
}

/**
 * Adds each window's gradient to its first winner, or evenly to all. `output` begins as zeros, and lies as `input` does.
 * Index mapping: a row of gradient is one window, all channels. Lanes: four channels.
 */
export function poolGradient(
  input: u32, gradient: u32, output: u32, rows: u32, isMax: bool, countPadding: bool, geometry: u32,
): void {
  g.readGeometry(geometry);
  g.seek(0, input);
  const bytes = <u32>g.channels << 2;
  const whole = bytes & ~15;
  const away = output - input;
  for (let row: u32 = 0; row < rows; row++, gradient += bytes) {
    readTaps();
    const base = g.origin();
    const scale = isMax ? <f32>1 : divisor(countPadding);
    for (let c: u32 = 0; c < bytes; c += c < whole ? 16 : 4) {
      const lanes = c < whole;
      const passed = lanes ? v128.load(gradient + c) : v128.load32_zero(gradient + c);
      if (isMax) passToWinners(base + c, passed, bytes, away, lanes);
      else share(base + c + away, f32x4.div(passed, f32x4.splat(scale)), bytes, lanes);
    }
    g.advance();
  }
}

function share(base: u32, part: v128, bytes: u32, lanes: bool): void {
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) add(placeOf(base, z, y, x, bytes), part, lanes);
    }
  }
}

// @ts-ignore: decorator
@inline
function add(at: u32, part: v128, lanes: bool): void {
  if (lanes) v128.store(at, f32x4.add(v128.load(at), part));
  else store<f32>(at, load<f32>(at) + f32x4.extract_lane(part, 0));
}

/** The first of equals wins, the first NaN beats all; a second walk adds the gradient where the winner was. */
function passToWinners(base: u32, passed: v128, bytes: u32, away: u32, lanes: bool): void {
  let best = f32x4.splat(0);
  let winner = i32x4.splat(-1);
  let tap: i32 = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const at = placeOf(base, z, y, x, bytes);
        const value = lanes ? v128.load(at) : v128.load32_zero(at);
        const isFirstNaN = v128.andnot(f32x4.eq(best, best), f32x4.eq(value, value));
        let wins = v128.or(f32x4.gt(value, best), isFirstNaN);
        if (tap === 0) wins = i32x4.splat(-1);
        best = v128.bitselect(value, best, wins);
        winner = v128.bitselect(i32x4.splat(tap), winner, wins);
        tap++;
      }
    }
  }
  tap = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const mask = i32x4.eq(winner, i32x4.splat(tap++));
        add(placeOf(base, z, y, x, bytes) + away, v128.and(passed, mask), lanes);
      }
    }
  }
}
