// Strided inputs of elementwise programs, whose loops are too short to be walked where they lie.

/**
 * Copies elements [begin, begin + n) of a strided view together, run by run along its innermost loop. `view` holds the
 * number of loops, the number of elements, then sizes, then strides. Elements are of 1 << shift bytes.
 */
export function gather(out: u32, base: u32, view: u32, begin: u32, n: u32, shift: u32): void {
  const loops = load<u32>(view);
  const total = load<u32>(view, 4);
  const sizes = view + 8;
  const strides = sizes + (loops << 2);
  const last = (loops - 1) << 2;
  const innerSize = load<u32>(sizes + last);
  const innerStride = load<i32>(strides + last);
  const count = min(n, total - begin);
  let k: u32 = 0;
  while (k < count) {
    const position = begin + k;
    let rest = position / innerSize;
    const first = position - rest * innerSize;
    let at = <i32>first * innerStride;
    for (let axis = <i32>loops - 2; axis >= 0; axis--) {
      const size = load<u32>(sizes + (axis << 2));
      const outer = rest / size;
      at += <i32>(rest - outer * size) * load<i32>(strides + (axis << 2));
      rest = outer;
    }
    const run = min(innerSize - first, count - k);
    if (shift === 2) gatherRun32(out + (k << 2), base + (<u32>at << 2), innerStride, run);
    else gatherRun8(out + k, base + <u32>at, innerStride, run);
    k += run;
  }
}

function gatherRun32(out: u32, from: u32, stride: i32, run: u32): void {
  if (stride === 1) {
    memory.copy(out, from, run << 2);
    return;
  }
  if (stride === 0) {
    const x = v128.load32_splat(from);
    let i: u32 = 0;
    for (; i + 4 <= run; i += 4) v128.store(out + (i << 2), x);
    for (; i < run; i++) v128.store_lane<u32>(out + (i << 2), x, 0);
    return;
  }
  const step = <u32>stride << 2;
  for (let i: u32 = 0; i < run; i++) {
    store<u32>(out + (i << 2), load<u32>(from));
    from += step;
  }
}

function gatherRun8(out: u32, from: u32, stride: i32, run: u32): void {
  for (let i: u32 = 0; i < run; i++) {
    store<u8>(out + i, load<u8>(from));
    from += <u32>stride;
  }
}
