// Histograms of gradients and hessians over binned features.

/**
 * Adds for samples `order[start, end)` their pairs `derivatives [end, 2]` of float64, which lie in that order, and 1 to the three
 * numbers of their bin: `bins [features, samples]` of bytes, `histogram [features, width]` of float64, three numbers a bin. Lanes:
 * gradient and hessian; four features a pass, so that a sample's pair is read once for them.
 */
export function sumByBin(
  histogram: u32, bins: u32, order: u32, derivatives: u32, start: u32, end: u32, samples: u32, features: u32, width: u32,
): void {
  const bytes = width << 3;
  let f: u32 = 0;
  for (; f + 4 <= features; f += 4, histogram += bytes << 2, bins += samples << 2) {
    sumFour(histogram, bins, order, derivatives, start, end, samples, bytes);
  }
  for (; f < features; f++, histogram += bytes, bins += samples) {
    for (let i = start; i < end; i++) {
      add(histogram, load<u8>(bins + load<u32>(order + (i << 2))), v128.load(derivatives + (i << 4)));
    }
  }
}

/** In a function of its own, which the compiler keeps in registers. */
function sumFour(
  histogram: u32, bins: u32, order: u32, derivatives: u32, start: u32, end: u32, samples: u32, bytes: u32,
): void {
  const second = histogram + bytes;
  const third = second + bytes;
  const fourth = third + bytes;
  const bins2 = bins + samples;
  const bins3 = bins2 + samples;
  const bins4 = bins3 + samples;
  for (let i = start; i < end; i++) {
    const sample = load<u32>(order + (i << 2));
    const pair = v128.load(derivatives + (i << 4));
    add(histogram, load<u8>(bins + sample), pair);
    add(second, load<u8>(bins2 + sample), pair);
    add(third, load<u8>(bins3 + sample), pair);
    add(fourth, load<u8>(bins4 + sample), pair);
  }
}

// @ts-ignore: decorator
@inline
function add(histogram: u32, bin: u32, pair: v128): void {
  const at = histogram + bin * 24;
  v128.store(at, f64x2.add(v128.load(at), pair));
  store<f64>(at + 16, load<f64>(at + 16) + 1);
}
