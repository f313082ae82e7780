// Where windows lie: what convolutions and pooling share. One call's geometry at a time, read from memory at its start.

export let depth: i32 = 0, height: i32 = 0, width: i32 = 0;
export let outDepth: i32 = 0, outHeight: i32 = 0, outWidth: i32 = 0;
export let windowDepth: i32 = 0, windowHeight: i32 = 0, windowWidth: i32 = 0;
export let strideDepth: i32 = 0, strideHeight: i32 = 0, strideWidth: i32 = 0;
export let gapDepth: i32 = 0, gapHeight: i32 = 0, gapWidth: i32 = 0;
export let beforeDepth: i32 = 0, beforeHeight: i32 = 0, beforeWidth: i32 = 0;
export let afterDepth: i32 = 0, afterHeight: i32 = 0, afterWidth: i32 = 0;
/** Channels of the input, and how many of them the group has. */
export let channels: i32 = 0, count: i32 = 0;

/** Reads the 23 words at `from`, in the order above. */
export function readGeometry(from: u32): void {
  depth = load<i32>(from); height = load<i32>(from, 4); width = load<i32>(from, 8);
  outDepth = load<i32>(from, 12); outHeight = load<i32>(from, 16); outWidth = load<i32>(from, 20);
  windowDepth = load<i32>(from, 24); windowHeight = load<i32>(from, 28); windowWidth = load<i32>(from, 32);
  strideDepth = load<i32>(from, 36); strideHeight = load<i32>(from, 40); strideWidth = load<i32>(from, 44);
  gapDepth = load<i32>(from, 48); gapHeight = load<i32>(from, 52); gapWidth = load<i32>(from, 56);
  beforeDepth = load<i32>(from, 60); beforeHeight = load<i32>(from, 64); beforeWidth = load<i32>(from, 68);
  afterDepth = load<i32>(from, 72); afterHeight = load<i32>(from, 76); afterWidth = load<i32>(from, 80);
  channels = load<i32>(from, 84); count = load<i32>(from, 88);
}

/** Bytes of `images` inputs. */
export function imageBytes(images: u32): u32 {
  return images * <u32>(depth * height * width * channels) * 4;
}

/** Output positions of `images` inputs. */
export function positionsOf(images: u32): u32 {
  return images * <u32>(outDepth * outHeight * outWidth);
}

// The position that is looked at: an output position's window begins at (atZ, atY, atX) of the image at `image`.
export let atZ: i32 = 0, atY: i32 = 0, atX: i32 = 0;
export let image: u32 = 0;
let column: i32 = 0, line: i32 = 0, plane: i32 = 0;

/** Goes to output position `row`, counted over batch and space. */
export function seek(row: u32, input: u32): void {
  let rest = row;
  column = <i32>(rest % <u32>outWidth);
  rest /= <u32>outWidth;
  line = <i32>(rest % <u32>outHeight);
  rest /= <u32>outHeight;
  plane = <i32>(rest % <u32>outDepth);
  image = input + (rest / <u32>outDepth) * <u32>(depth * height * width * channels) * 4;
  atX = column * strideWidth - beforeWidth;
  atY = line * strideHeight - beforeHeight;
  atZ = plane * strideDepth - beforeDepth;
}

/** Goes to the next output position. */
export function advance(): void {
  atX += strideWidth;
  if (++column < outWidth) return;
  column = 0;
  atX = -beforeWidth;
  atY += strideHeight;
  if (++line < outHeight) return;
  line = 0;
  atY = -beforeHeight;
  atZ += strideDepth;
  if (++plane < outDepth) return;
  plane = 0;
  atZ = -beforeDepth;
  image += <u32>(depth * height * width * channels) * 4;
}

/** Goes on by `count` positions, all on the same line. */
export function advanceBy(count: u32): void {
  column += <i32>count - 1;
  atX += (<i32>count - 1) * strideWidth;
  advance();
}

/** How many positions of the line, this one first, have windows with the same taps: more than one where these lie inside it. */
export function leftAlike(): u32 {
  const room = width - 1 - (windowWidth - 1) * gapWidth - atX;
  return atX < 0 || room < 0 ? 1 : <u32>min(outWidth - column, room / strideWidth + 1);
}

/** Whether the windows of `count` positions, this one first, lie on one line and inside. */
export function isRunInside(count: u32): bool {
  const last = atX + <i32>(count - 1) * strideWidth + (windowWidth - 1) * gapWidth;
  return column + <i32>count <= outWidth && last < width && isWindowInside();
}

/** How many positions the line has from this one on. */
export function leftOnLine(): u32 {
  return <u32>(outWidth - column);
}

/** How far a patch's element lies from its first, in bytes. */
export function offsetOf(element: u32): u32 {
  const tap = <i32>(element / <u32>count), c = <i32>element - tap * count;
  const row = tap / windowWidth, x = (tap - row * windowWidth) * gapWidth;
  const plane = row / windowHeight;
  const z = plane * gapDepth, y = (row - plane * windowHeight) * gapHeight;
  return <u32>(((z * height + y) * width + x) * channels + c) * 4;
}

let keptColumn: i32 = 0, keptLine: i32 = 0, keptPlane: i32 = 0, keptImage: u32 = 0;

/** Keeps the position, for {@link goBack}. */
export function remember(): void {
  keptColumn = column;
  keptLine = line;
  keptPlane = plane;
  keptImage = image;
}

/** Goes to the position that was kept. */
export function goBack(): void {
  column = keptColumn;
  line = keptLine;
  plane = keptPlane;
  image = keptImage;
  atX = column * strideWidth - beforeWidth;
  atY = line * strideHeight - beforeHeight;
  atZ = plane * strideDepth - beforeDepth;
}

/** The address of the position's first element, which may lie in the padding. */
// @ts-ignore: decorator
@inline
export function origin(): u32 {
  return image + <u32>(((atZ * height + atY) * width + atX) * channels) * 4;
}

/** Whether all taps of the window lie inside. */
export function isWindowInside(): bool {
  return (
    atZ >= 0 && atZ + (windowDepth - 1) * gapDepth < depth &&
    atY >= 0 && atY + (windowHeight - 1) * gapHeight < height &&
    atX >= 0 && atX + (windowWidth - 1) * gapWidth < width
  );
}

/** The first tap of a window that lies inside an axis. */
// @ts-ignore: decorator
@inline
export function firstTap(start: i32, gap: i32): i32 {
  return start >= 0 ? 0 : (-start + gap - 1) / gap;
}

/** The tap after the last that lies inside an axis of `size`. */
// @ts-ignore: decorator
@inline
export function endTap(start: i32, gap: i32, size: i32, taps: i32): i32 {
  const room = size - start;
  return room <= 0 ? 0 : min(taps, (room + gap - 1) / gap);
}

let listed: u32 = 0;
let listZ0: i32 = -1, listZ1: i32 = -1, listY0: i32 = -1, listY1: i32 = -1, listX0: i32 = -1, listX1: i32 = -1;

/** Forgets the list of taps: before the first of a call's windows. */
export function clearTaps(): void {
  listZ0 = -1;
}

/**
 * Lists the taps of the current window that lie inside the input, as pairs of how far each lies from the window's origin
 * and from the filter's start, in bytes for channels of `bytes`; returns how many. Most windows have the list of the last.
 */
export function listTaps(table: u32, bytes: u32): u32 {
  const z0 = firstTap(atZ, gapDepth), z1 = endTap(atZ, gapDepth, depth, windowDepth);
  const y0 = firstTap(atY, gapHeight), y1 = endTap(atY, gapHeight, height, windowHeight);
  const x0 = firstTap(atX, gapWidth), x1 = endTap(atX, gapWidth, width, windowWidth);
  if (
    z0 === listZ0 && z1 === listZ1 && y0 === listY0 && y1 === listY1 && x0 === listX0 && x1 === listX1
  ) return listed;
  listZ0 = z0; listZ1 = z1; listY0 = y0; listY1 = y1; listX0 = x0; listX1 = x1;
  listed = 0;
  for (let z = z0; z < z1; z++) {
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const place = (z * gapDepth * height + y * gapHeight) * width + x * gapWidth;
        const tap = (z * windowHeight + y) * windowWidth + x;
        store<u32>(table + (listed << 3), <u32>place * bytes);
        store<u32>(table + (listed << 3), <u32>tap * bytes, 4);
        listed++;
      }
    }
  }
  return listed;
}
