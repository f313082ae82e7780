// 3x3 convolutions of step one by F(2x2, 3x3) of Winograd 1980 (Lavin and Gray 2016): 16 products for 4 outputs in place of
// 36. Filters, input tiles of 4x4 and products are transformed by sums alone, channel by channel in lanes.
import { finished, unfinished } from "./finish";
import * as g from "./geometry";
import { packRows } from "./gemm";
import { multiplyBlock, tileColumns, tileDepth, tileRows } from "./tiles";

const places: u32 = 16;
/** Places lie a line of the cache more apart than they are long: powers of two would all fall into one set. */
const gap: u32 = 16;

/** Bytes of working memory for `block` tiles at a time, a multiple of 5. */
export function winogradWorkspace(n: u32, c: u32, block: u32): u32 {
  const transformed = places * (block * (c + n) + 2 * gap);
  return (transformed + block * min(c, tileDepth) + tileRows * tileColumns + places * c) * 4;
}

/** Bytes of a transformed filter. */
export function winogradFilterBytes(n: u32, c: u32): u32 {
  return places * (c * n + gap) * 4;
}

/**
 * Transforms `rows` input channels of a filter [9][c][n] from `first`, G g Gᵀ, into 16 right operands, packed as
 * {@link packRight} does. `n` is a multiple of 8. Lanes: four output channels.
 */
export function winogradFilter(filter: u32, c: u32, n: u32, first: u32, rows: u32, packed: u32): void {
  const tap = c * n * 4;
  const step = tap + gap * 4;
  const half = f32x4.splat(0.5);
  for (let row = first; row < first + rows; row++) {
    const k0 = row / tileDepth * tileDepth;
    const kc = min(tileDepth, c - k0);
    for (let j: u32 = 0; j < n; j += 4) {
      const from = filter + (row * n + j) * 4;
      const panel = j / tileColumns;
      const to = packed + (n * k0 + (panel * kc + row - k0) * tileColumns + (j - panel * tileColumns)) * 4;
      for (let column: u32 = 0; column < 4; column++) {
        // One column of g Gᵀ: three sums over the filter's columns.
        const t0 = across(from, tap, column, half);
        const t1 = across(from + 3 * tap, tap, column, half);
        const t2 = across(from + 6 * tap, tap, column, half);
        const ends = f32x4.add(t0, t2);
        const at = to + column * step;
        v128.store(at, t0);
        v128.store(at + 4 * step, f32x4.mul(f32x4.add(ends, t1), half));
        v128.store(at + 8 * step, f32x4.mul(f32x4.sub(ends, t1), half));
        v128.store(at + 12 * step, t2);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function across(line: u32, tap: u32, column: u32, half: v128): v128 {
  if (column === 0) return v128.load(line);
  const last = v128.load(line + 2 * tap);
  if (column === 3) return last;
  const ends = f32x4.add(v128.load(line), last);
  const middle = v128.load(line + tap);
  return f32x4.mul(column === 1 ? f32x4.add(ends, middle) : f32x4.sub(ends, middle), half);
}

/**
 * Convolves `tiles` tiles of 2x2 outputs from `first`, counted over batch, lines and columns, `block` at a time. `c` is a
 * multiple of 4, `n` of 8. Index mapping: transformed tiles [16][block][c], their products [16][block][n].
 */
export function winograd(
  input: u32, packed: u32, output: u32, first: u32, tiles: u32, n: u32, block: u32, geometry: u32,
  workspace: u32, bias: u32, activation: u32,
): void {
  g.readGeometry(geometry);
  const c = <u32>g.channels;
  const tileStep = (block * c + gap) * 4, productStep = (block * n + gap) * 4;
  const products = workspace + places * tileStep;
  const packedA = products + places * productStep;
  const edge = packedA + block * min(c, tileDepth) * 4;
  const patch = edge + tileRows * tileColumns * 4;
  for (let done: u32 = 0; done < tiles; done += block) {
    const count = min(block, tiles - done);
    for (let tile: u32 = 0; tile < count; tile++) {
      const from = patchAt(input, first + done + tile, patch);
      const isCopy = from === patch;
      transformInput(from, isCopy ? 4 * c * 4 : <u32>g.width * c * 4, c * 4, workspace + tile * c * 4, tileStep);
    }
    for (let place: u32 = 0; place < places; place++) {
      const left = workspace + place * tileStep;
      const right = packed + place * (c * n + gap) * 4;
      for (let k0: u32 = 0; k0 < c; k0 += tileDepth) {
        const kc = min(tileDepth, c - k0);
        packRows(left + k0 * 4, c, 1, count, kc, packedA);
        multiplyBlock(packedA, right + n * k0 * 4, count, n, kc, products + place * productStep, n, k0 > 0, edge, 0, unfinished);
      }
    }
    for (let tile: u32 = 0; tile < count; tile++) {
      placeTile(first + done + tile);
      transformOutput(products + tile * n * 4, productStep, n * 4, output, bias, activation);
    }
  }
}

let tileImage: u32 = 0, tileY: i32 = 0, tileX: i32 = 0;

/** Where a tile of outputs begins. */
function placeTile(tile: u32): void {
  const columns = <u32>(g.outWidth + 1) >> 1, lines = <u32>(g.outHeight + 1) >> 1;
  const row = tile / columns;
  tileX = <i32>(tile - row * columns) << 1;
  tileImage = row / lines;
  tileY = <i32>(row - tileImage * lines) << 1;
}

/** Where a tile's 4x4 inputs lie; those that reach outside are copied to `patch`, with zeros. */
function patchAt(input: u32, tile: u32, patch: u32): u32 {
  placeTile(tile);
  const bytes = <u32>g.channels * 4;
  const y0 = tileY - g.beforeHeight, x0 = tileX - g.beforeWidth;
  const image = input + tileImage * g.imageBytes(1);
  if (y0 >= 0 && x0 >= 0 && y0 + 4 <= g.height && x0 + 4 <= g.width) {
    return image + <u32>(y0 * g.width + x0) * bytes;
  }
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      const to = patch + <u32>(i * 4 + j) * bytes;
      const y = y0 + i, x = x0 + j;
      if (<u32>y < <u32>g.height && <u32>x < <u32>g.width) {
        memory.copy(to, image + <u32>(y * g.width + x) * bytes, bytes);
      } else memory.fill(to, 0, bytes);
    }
  }
  return patch;
}

/** Bᵀ d B of a 4x4 tile. Lanes: four channels. */
export function transformInput(from: u32, line: u32, bytes: u32, to: u32, step: u32): void {
  const end = from + bytes;
  for (; from < end; from += 16, to += 16) {
    for (let column: u32 = 0; column < 4; column++) {
      // Columns 0: d0 - d2; 1: d1 + d2; 2: d2 - d1; 3: d1 - d3.
      const first = from + (column === 0 ? 0 : column === 2 ? 2 * bytes : bytes);
      const second = from + (column === 3 ? 3 * bytes : column === 2 ? bytes : 2 * bytes);
      const t0 = combine(first, second, column), t1 = combine(first + line, second + line, column);
      const t2 = combine(first + 2 * line, second + 2 * line, column);
      const t3 = combine(first + 3 * line, second + 3 * line, column);
      const at = to + column * step;
      v128.store(at, f32x4.sub(t0, t2));
      v128.store(at + 4 * step, f32x4.add(t1, t2));
      v128.store(at + 8 * step, f32x4.sub(t2, t1));
      v128.store(at + 12 * step, f32x4.sub(t1, t3));
    }
  }
}

// @ts-ignore: decorator
@inline
function combine(first: u32, second: u32, column: u32): v128 {
  const a = v128.load(first), b = v128.load(second);
  return column === 1 ? f32x4.add(a, b) : f32x4.sub(a, b);
}

/** Aᵀ m A of a tile's 16 products, stored where it lies inside the output. Lanes: four channels. */
function transformOutput(from: u32, step: u32, bytes: u32, output: u32, bias: u32, activation: u32): void {
  const line = <u32>g.outWidth * bytes;
  const to = output + (tileImage * <u32>g.outHeight + <u32>tileY) * line + <u32>tileX * bytes;
  const hasRight = tileX + 1 < g.outWidth, hasBelow = tileY + 1 < g.outHeight;
  for (let c: u32 = 0; c < bytes; c += 16) {
    const at = from + c;
    const a0 = above(at, step), a1 = above(at + step, step), a2 = above(at + 2 * step, step), a3 = above(at + 3 * step, step);
    const b = bias === 0 ? 0 : bias + c;
    v128.store(to + c, finished(f32x4.add(f32x4.add(a0, a1), a2), b, activation));
    if (hasRight) v128.store(to + bytes + c, finished(f32x4.sub(f32x4.sub(a1, a2), a3), b, activation));
    if (!hasBelow) continue;
    const b0 = below(at, step), b1 = below(at + step, step), b2 = below(at + 2 * step, step), b3 = below(at + 3 * step, step);
    v128.store(to + line + c, finished(f32x4.add(f32x4.add(b0, b1), b2), b, activation));
    if (hasRight) v128.store(to + line + bytes + c, finished(f32x4.sub(f32x4.sub(b1, b2), b3), b, activation));
  }
}

// @ts-ignore: decorator
@inline
function above(at: u32, step: u32): v128 {
  return f32x4.add(f32x4.add(v128.load(at), v128.load(at + 4 * step)), v128.load(at + 8 * step));
}

// @ts-ignore: decorator
@inline
function below(at: u32, step: u32): v128 {
  const m1 = v128.load(at + 4 * step), m2 = v128.load(at + 8 * step), m3 = v128.load(at + 12 * step);
  return f32x4.sub(f32x4.sub(m1, m2), m3);
}
