// Convolutions of few output channels: patches are read where they lie, since packing them would cost more than it saves.
import { finishRows, unfinished } from "./finish";
import * as g from "./geometry";
import { madd } from "./madd";
import { packColumns, paddedColumns, tileColumns, tileRows } from "./tiles";

/** Bytes of working memory for {@link convolveDirect}. */
export function directWorkspace(n: u32, k: u32, taps: u32, channels: u32): u32 {
  return (paddedColumns(n) * k + k + taps * tileRows + tileRows * tileColumns + channels) * 4;
}

/**
 * output[row] = patch(row) · filter for `rows` output positions from `firstRow`. Index mapping: tiles of up to 5 positions of
 * a line, and 8 channels. Where windows lie inside, one list says how far each element of a patch lies from its first; else
 * a table says where each tap of each position is. Lanes: four output channels.
 */
export function convolveDirect(
  input: u32, filter: u32, filterRow: u32, output: u32, outputRow: u32,
  firstRow: u32, rows: u32, n: u32, k: u32, geometry: u32, workspace: u32, bias: u32, activation: u32,
): void {
  g.readGeometry(geometry);
  const taps = <u32>(g.windowDepth * g.windowHeight * g.windowWidth);
  const offsets = workspace + paddedColumns(n) * k * 4;
  const table = offsets + k * 4;
  const edge = table + taps * tileRows * 4;
  const zeros = edge + tileRows * tileColumns * 4;
  memory.fill(zeros, 0, <u32>g.count * 4);
  packColumns(filter, filterRow, 1, n, k, workspace);
  for (let element: u32 = 0; element < k; element++) store<u32>(offsets + (element << 2), g.offsetOf(element));
  g.seek(firstRow, input);
  const step = <u32>(g.strideWidth * g.channels) * 4;
  let row: u32 = 0;
  while (row < rows) {
    const m = min(min(tileRows, rows - row), g.leftOnLine());
    const isInside = g.isRunInside(m);
    const base = g.origin();
    if (!isInside) listPointers(table, m, zeros);
    for (let q: u32 = 0; q < m; q++) g.advance();
    for (let j: u32 = 0; j < n; j += tileColumns) {
      const columns = min(tileColumns, n - j);
      const target = output + (row * outputRow + j) * 4;
      const isWhole = m === tileRows && columns === tileColumns;
      const to = isWhole ? target : edge;
      const toStep = (isWhole ? outputRow : tileColumns) << 2;
      const panel = workspace + j * k * 4;
      if (isInside) multiplyInside(offsets, k, base, step, panel, to, toStep);
      else multiplyTaps(table, taps, <u32>g.count << 2, panel, to, toStep);
      if (isWhole) continue;
      for (let q: u32 = 0; q < m; q++) {
        memory.copy(target + q * outputRow * 4, edge + q * tileColumns * 4, columns << 2);
      }
    }
    if (activation !== unfinished) {
      finishRows(output + row * outputRow * 4, outputRow << 2, m, n, bias, activation);
    }
    row += m;
  }
}

/** For each tap, where it lies for the current position and those after it: [tap][5]; at `zeros` where there is nothing. */
function listPointers(table: u32, m: u32, zeros: u32): void {
  g.remember();
  for (let q: u32 = 0; q < tileRows; q++) {
    let at = table + (q << 2);
    const origin = g.origin();
    for (let i = 0; i < g.windowDepth; i++) {
      const z = g.atZ + i * g.gapDepth;
      for (let j = 0; j < g.windowHeight; j++) {
        const y = g.atY + j * g.gapHeight;
        const isLine = q < m && <u32>z < <u32>g.depth && <u32>y < <u32>g.height;
        const line = origin + <u32>(((i * g.gapDepth) * g.height + j * g.gapHeight) * g.width * g.channels) * 4;
        for (let l = 0; l < g.windowWidth; l++) {
          const x = l * g.gapWidth;
          const isIn = isLine && <u32>(g.atX + x) < <u32>g.width;
          store<u32>(at, isIn ? line + <u32>(x * g.channels) * 4 : zeros);
          at += tileRows << 2;
        }
      }
    }
    if (q + 1 < m) g.advance();
  }
  g.goBack();
}

/** Five positions by eight channels, all inside. Lanes: channels 0 to 3 and 4 to 7. */
export function multiplyInside(offsets: u32, k: u32, base: u32, step: u32, b: u32, c: u32, cRow: u32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00;
  for (let left = k; left > 0; left--) {
    // One address that moves on: five would not all stay in registers.
    let at = base + load<u32>(offsets);
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(at);
    at += step;
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.load32_splat(at);
    at += step;
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.load32_splat(at);
    at += step;
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.load32_splat(at);
    at += step;
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    const x4 = v128.load32_splat(at);
    c40 = madd(x4, b0, c40);
    c41 = madd(x4, b1, c41);
    offsets += 4;
    b += 32;
  }
  storeTile(c, cRow, c00, c01, c10, c11, c20, c21, c30, c31, c40, c41);
}

/** The same by pointers. */
export function multiplyTaps(table: u32, taps: u32, bytes: u32, b: u32, c: u32, cRow: u32): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let c40 = c00, c41 = c00;
  for (let tap = taps; tap > 0; tap--) {
    let p0 = load<u32>(table), p1 = load<u32>(table, 4), p2 = load<u32>(table, 8);
    let p3 = load<u32>(table, 12), p4 = load<u32>(table, 16);
    table += 20;
    const end = p0 + bytes;
    while (p0 < end) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      const x0 = v128.load32_splat(p0);
      c00 = madd(x0, b0, c00);
      c01 = madd(x0, b1, c01);
      const x1 = v128.load32_splat(p1);
      c10 = madd(x1, b0, c10);
      c11 = madd(x1, b1, c11);
      const x2 = v128.load32_splat(p2);
      c20 = madd(x2, b0, c20);
      c21 = madd(x2, b1, c21);
      const x3 = v128.load32_splat(p3);
      c30 = madd(x3, b0, c30);
      c31 = madd(x3, b1, c31);
      const x4 = v128.load32_splat(p4);
      c40 = madd(x4, b0, c40);
      c41 = madd(x4, b1, c41);
      p0 += 4; p1 += 4; p2 += 4; p3 += 4; p4 += 4;
      b += 32;
    }
  }
  storeTile(c, cRow, c00, c01, c10, c11, c20, c21, c30, c31, c40, c41);
}

// @ts-ignore: decorator
@inline
function storeTile(
  c: u32, cRow: u32, c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128,
  c30: v128, c31: v128, c40: v128, c41: v128,
): void {
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c + cRow, c10); v128.store(c + cRow, c11, 16);
  v128.store(c + cRow * 2, c20); v128.store(c + cRow * 2, c21, 16);
  v128.store(c + cRow * 3, c30); v128.store(c + cRow * 3, c31, 16);
  v128.store(c + cRow * 4, c40); v128.store(c + cRow * 4, c41, 16);
}

/** Words of an element's entry: its offset, its tap's place along depth and height, and the positions where it is inside. */
const entryWords: u32 = 5;

/** Bytes of working memory for {@link convolveFilterDirect}. */
export function filterDirectWorkspace(n: u32, elements: u32, lineElements: u32): u32 {
  const rows = (elements + tileRows - 1) / tileRows * tileRows;
  const columns = (n + tileColumns - 1) / tileColumns * tileColumns;
  return (rows * (entryWords + columns) + lineElements + tileColumns) * 4;
}

/**
 * filter = patchesᵀ · gradient, for `elements` of its rows from `firstElement`. Index mapping: line by line of output
 * positions, tiles of 5 elements of a patch and 8 channels. Lanes: four output channels.
 */
export function convolveFilterDirect(
  input: u32, gradient: u32, gradientRow: u32, filter: u32, filterRow: u32,
  lines: u32, n: u32, firstElement: u32, elements: u32, geometry: u32, workspace: u32,
): void {
  g.readGeometry(geometry);
  const tiles = (elements + tileRows - 1) / tileRows;
  const panels = (n + tileColumns - 1) / tileColumns;
  const sums = workspace + tiles * tileRows * entryWords * 4;
  const zeros = sums + tiles * tileRows * panels * tileColumns * 4;
  const step = <u32>(g.strideWidth * g.channels) * 4;
  memory.fill(sums, 0, zeros - sums + <u32>g.outWidth * step);
  listElements(workspace, firstElement, elements, tiles * tileRows);
  g.seek(0, input);
  for (let line: u32 = 0; line < lines; line++) {
    const passed = gradient + line * <u32>g.outWidth * gradientRow * 4;
    const origin = g.origin();
    for (let tile: u32 = 0; tile < tiles; tile++) {
      const entries = workspace + tile * tileRows * entryWords * 4;
      const to = sums + tile * panels * tileRows * tileColumns * 4;
      addLine(entries, origin, step, zeros, passed, gradientRow << 2, panels, to);
    }
    for (let x = 0; x < g.outWidth; x++) g.advance();
  }
  for (let e: u32 = 0; e < elements; e++) {
    const tile = e / tileRows;
    for (let j: u32 = 0; j < n; j += tileColumns) {
      const panel = tile * panels + j / tileColumns;
      const from = sums + (panel * tileRows + e - tile * tileRows) * tileColumns * 4;
      memory.copy(filter + ((firstElement + e) * filterRow + j) * 4, from, min(tileColumns, n - j) << 2);
    }
  }
}

/** Where elements lie relative to a window, and which positions of a line have them inside. */
function listElements(table: u32, first: u32, elements: u32, padded: u32): void {
  for (let i: u32 = 0; i < padded; i++) {
    const entry = table + i * entryWords * 4;
    const element = <i32>(first + i);
    const tap = element / g.count, c = element - tap * g.count;
    const row = tap / g.windowWidth, x = (tap - row * g.windowWidth) * g.gapWidth;
    const plane = row / g.windowHeight;
    const z = plane * g.gapDepth, y = (row - plane * g.windowHeight) * g.gapHeight;
    store<i32>(entry, (((z * g.height + y) * g.width + x) * g.channels + c) * 4);
    // What is there to fill a tile has no line.
    store<i32>(entry, i < elements ? z : -0x40000000, 4);
    store<i32>(entry, y, 8);
    store<i32>(entry, g.firstTap(x - g.beforeWidth, g.strideWidth), 12);
    store<i32>(entry, g.endTap(x - g.beforeWidth, g.strideWidth, g.width, g.outWidth), 16);
  }
}

/** One line of positions for a tile of elements: in one go where all are inside, else position by position. */
function addLine(
  entries: u32, origin: u32, step: u32, zeros: u32, passed: u32, passedStep: u32, panels: u32, to: u32,
): void {
  let low: i32 = 0, high = g.outWidth;
  for (let q: u32 = 0; q < tileRows; q++) {
    const entry = entries + q * entryWords * 4;
    if (!isOnLine(entry)) continue;
    low = max(low, load<i32>(entry, 12));
    high = min(high, load<i32>(entry, 16));
  }
  if (high < low) high = low = g.outWidth;
  for (let x: i32 = 0; x < g.outWidth;) {
    const count = x === low ? high - low : 1;
    if (count === 0) {
      low = -1;
      continue;
    }
    const from = origin + <u32>x * step;
    const p0 = pointer(entries, x, from, zeros), p1 = pointer(entries + 20, x, from, zeros);
    const p2 = pointer(entries + 40, x, from, zeros), p3 = pointer(entries + 60, x, from, zeros);
    const p4 = pointer(entries + 80, x, from, zeros);
    const g0 = passed + <u32>x * passedStep;
    for (let panel: u32 = 0; panel < panels; panel++) {
      addProducts(p0, p1, p2, p3, p4, step, g0 + panel * 32, passedStep, count, to + panel * 160);
    }
    x += count;
  }
}

// @ts-ignore: decorator
@inline
function isOnLine(entry: u32): bool {
  return <u32>(g.atZ + load<i32>(entry, 4)) < <u32>g.depth && <u32>(g.atY + load<i32>(entry, 8)) < <u32>g.height;
}

// @ts-ignore: decorator
@inline
function pointer(entry: u32, x: i32, from: u32, zeros: u32): u32 {
  const isIn = isOnLine(entry) && x >= load<i32>(entry, 12) && x < load<i32>(entry, 16);
  return isIn ? from + load<u32>(entry) : zeros;
}

/** Five elements by eight channels, over `count` positions. Lanes: channels 0 to 3 and 4 to 7. */
export function addProducts(
  p0: u32, p1: u32, p2: u32, p3: u32, p4: u32, step: u32, passed: u32, passedStep: u32, count: i32, to: u32,
): void {
  let c00 = v128.load(to), c01 = v128.load(to, 16), c10 = v128.load(to, 32), c11 = v128.load(to, 48);
  let c20 = v128.load(to, 64), c21 = v128.load(to, 80), c30 = v128.load(to, 96), c31 = v128.load(to, 112);
  let c40 = v128.load(to, 128), c41 = v128.load(to, 144);
  for (let i = count; i > 0; i--) {
    const b0 = v128.load(passed), b1 = v128.load(passed, 16);
    const x0 = v128.load32_splat(p0);
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.load32_splat(p1);
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.load32_splat(p2);
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.load32_splat(p3);
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    const x4 = v128.load32_splat(p4);
    c40 = madd(x4, b0, c40);
    c41 = madd(x4, b1, c41);
    p0 += step; p1 += step; p2 += step; p3 += step; p4 += step;
    passed += passedStep;
  }
  v128.store(to, c00); v128.store(to, c01, 16); v128.store(to, c10, 32); v128.store(to, c11, 48);
  v128.store(to, c20, 64); v128.store(to, c21, 80); v128.store(to, c30, 96); v128.store(to, c31, 112);
  v128.store(to, c40, 128); v128.store(to, c41, 144);
}
