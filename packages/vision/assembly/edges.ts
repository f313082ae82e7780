// Canny's second half: what filters/trace-edges.ts does, for one image.

const weak: u8 = 1, strong: u8 = 255;

/**
 * Marks edges of `height` by `width` pixels with 255, others with 0. `dx` and `dy` are float derivatives of `channels`; slopes are
 * sums of sizes, or with `isSquare` squares of lengths. The working memory has slopes and marks with a frame of one pixel around,
 * then a stack, then the derivatives of the steepest channel. Lanes: four slopes, 16 marks.
 */
export function edges(
  dx: u32, dy: u32, output: u32, height: u32, width: u32, channels: u32, low: f32, high: f32, isSquare: bool, workspace: u32,
): void {
  const step = width + 2, framed = (height + 2) * step, pixels = height * width;
  const slopes = workspace, marks = slopes + ((framed + 16) << 2), stack = marks + ((framed + 31) & ~15);
  memory.fill(slopes, 0, stack - slopes);
  let across = dx, down = dy;
  if (channels > 1) {
    across = stack + (pixels << 2);
    down = across + (pixels << 2);
    steepest(dx, dy, pixels, channels, isSquare, across, down);
  }
  for (let row: u32 = 0; row < height; row++) {
    const from = (row * width) << 2;
    slopesOf(across + from, down + from, slopes + (((row + 1) * step + 1) << 2), width, isSquare);
  }
  const top = markRidges(across, down, slopes, marks, stack, height, width, low, high);
  spread(marks, stack, top, step);
  for (let row: u32 = 0; row < height; row++) {
    const from = marks + (row + 1) * step + 1, to = output + row * width;
    let i: u32 = 0;
    for (; i + 16 <= width; i += 16) v128.store(to + i, i8x16.eq(v128.load(from + i), i8x16.splat(-1)));
    for (; i < width; i++) store<u8>(to + i, load<u8>(from + i) === strong ? 255 : 0);
  }
}

// @ts-ignore: decorator
@inline
function slopeOf(x: f32, y: f32, isSquare: bool): f32 {
  return isSquare ? x * x + y * y : abs(x) + abs(y);
}

/** Takes the derivatives of each pixel's steepest channel. */
export function steepest(dx: u32, dy: u32, pixels: u32, channels: u32, isSquare: bool, across: u32, down: u32): void {
  for (let i: u32 = 0; i < pixels; i++, across += 4, down += 4) {
    let most: f32 = -1;
    for (let c: u32 = 0; c < channels; c++, dx += 4, dy += 4) {
      const x = load<f32>(dx), y = load<f32>(dy), slope = slopeOf(x, y, isSquare);
      if (slope <= most) continue;
      most = slope;
      store<f32>(across, x);
      store<f32>(down, y);
    }
  }
}

/** The slopes of a row. */
export function slopesOf(across: u32, down: u32, to: u32, width: u32, isSquare: bool): void {
  let i: u32 = 0;
  const whole = width & ~3;
  for (; i < whole; i += 4) {
    const x = v128.load(across + (i << 2)), y = v128.load(down + (i << 2));
    const sum = isSquare
      ? f32x4.add(f32x4.mul(x, x), f32x4.mul(y, y))
      : f32x4.add(f32x4.abs(x), f32x4.abs(y));
    v128.store(to + (i << 2), sum);
  }
  for (; i < width; i++) {
    store<f32>(to + (i << 2), slopeOf(load<f32>(across + (i << 2)), load<f32>(down + (i << 2)), isSquare));
  }
}

/** Marks pixels that are steepest across the edge, and puts the strong ones on the stack; returns its end. */
export function markRidges(
  across: u32, down: u32, slopes: u32, marks: u32, stack: u32, height: u32, width: u32, low: f32, high: f32,
): u32 {
  const step = width + 2, line = step << 2;
  for (let row: u32 = 0; row < height; row++) {
    for (let column: u32 = 0; column < width; column++, across += 4, down += 4) {
      const place = (row + 1) * step + 1 + column, at = slopes + (place << 2);
      const slope = load<f32>(at);
      if (slope <= low) continue;
      const x = load<f32>(across), y = load<f32>(down);
      const flat = abs(x), steep = abs(y);
      // Directions are told apart at 22.5 and 67.5 degrees.
      if (steep < flat * <f32>0.41421356237) {
        if (slope <= load<f32>(at - 4) || slope < load<f32>(at, 4)) continue;
      } else if (steep > flat * <f32>2.41421356237) {
        if (slope <= load<f32>(at - line) || slope < load<f32>(at + line)) continue;
      } else {
        const side: u32 = x < 0 !== y < 0 ? -4 : 4;
        if (slope <= load<f32>(at - line - side) || slope <= load<f32>(at + line + side)) continue;
      }
      if (slope > high) {
        store<u8>(marks + place, strong);
        store<u32>(stack, marks + place);
        stack += 4;
      } else store<u8>(marks + place, weak);
    }
  }
  return stack;
}

/** Goes from strong marks to weak ones next to them, which become strong. */
export function spread(marks: u32, stack: u32, top: u32, step: u32): void {
  while (top > stack) {
    top -= 4;
    const at = load<u32>(top);
    for (let row = at - step; row <= at + step; row += step) {
      for (let other = row - 1; other <= row + 1; other++) {
        if (load<u8>(other) !== weak) continue;
        store<u8>(other, strong);
        store<u32>(top, other);
        top += 4;
      }
    }
  }
}
