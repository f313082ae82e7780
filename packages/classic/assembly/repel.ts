// What pushes points of the plane apart in t-SNE: all pairs.

/**
 * For points `first` to `first + count` of `x` and `y [all]`, writes `out [count, 3]`: the two sums of q² times the difference,
 * and the sum of q, where q = 1 / (1 + distance²). Lanes: four other points; `all` is a multiple of 4, filled up with points far away.
 */
export function repel(x: u32, y: u32, out: u32, all: u32, first: u32, count: u32): void {
  const end = x + (all << 2);
  const toY = y - x;
  const one = f32x4.splat(1);
  for (let i = first; i < first + count; i++, out += 12) {
    const ownX = v128.load32_splat(x + (i << 2));
    const ownY = v128.load32_splat(y + (i << 2));
    let forceX = f32x4.splat(0);
    let forceY = f32x4.splat(0);
    let sum = f32x4.splat(0);
    for (let at = x; at < end; at += 16) {
      const dx = f32x4.sub(ownX, v128.load(at));
      const dy = f32x4.sub(ownY, v128.load(at + toY));
      const q = f32x4.div(one, f32x4.add(one, f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy))));
      const square = f32x4.mul(q, q);
      sum = f32x4.add(sum, q);
      forceX = f32x4.add(forceX, f32x4.mul(square, dx));
      forceY = f32x4.add(forceY, f32x4.mul(square, dy));
    }
    store<f32>(out, total(forceX));
    store<f32>(out + 4, total(forceY));
    // Less its own.
    store<f32>(out + 8, total(sum) - 1);
  }
}

// @ts-ignore: decorator
@inline
function total(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3);
}
