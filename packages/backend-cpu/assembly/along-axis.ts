// Taking and adding along an axis by one list of indices: [outer][index][inner] of words.

/**
 * output[o][i][j] = input[o][indices[i]][j]. Index mapping: steps in elements; the output is contiguous. Lanes: j to j + 3
 * where they are neighbours.
 */
export function takeAlong(
  input: u32, outerStep: i32, indexStep: i32, innerStep: i32, indices: u32, output: u32, outer: u32, count: u32, inner: u32,
): void {
  for (let o: u32 = 0; o < outer; o++) {
    const base = input + <u32>(<i32>o * outerStep) * 4;
    for (let i: u32 = 0; i < count; i++) {
      let from = base + <u32>(load<i32>(indices + (i << 2)) * indexStep) * 4;
      let j: u32 = 0;
      if (innerStep === 1) {
        for (; j + 4 <= inner; j += 4) {
          v128.store(output, v128.load(from));
          output += 16;
          from += 16;
        }
      }
      for (; j < inner; j++) {
        store<u32>(output, load<u32>(from));
        output += 4;
        from += <u32>innerStep << 2;
      }
    }
  }
}

/**
 * output[o][indices[i]][j] += updates[o][i][j], of float32. Index mapping: steps in elements; the output's are those of a
 * contiguous tensor. Lanes: j to j + 3 where they are neighbours.
 */
export function addAlong(
  updates: u32, outerStep: i32, indexStep: i32, innerStep: i32, indices: u32, output: u32, size: u32,
  outer: u32, count: u32, inner: u32,
): void {
  for (let o: u32 = 0; o < outer; o++) {
    const base = output + o * size * inner * 4;
    for (let i: u32 = 0; i < count; i++) {
      let from = updates + <u32>(<i32>o * outerStep + <i32>i * indexStep) * 4;
      let to = base + load<u32>(indices + (i << 2)) * inner * 4;
      let j: u32 = 0;
      if (innerStep === 1) {
        for (; j + 4 <= inner; j += 4) {
          v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
          to += 16;
          from += 16;
        }
      }
      for (; j < inner; j++) {
        store<f32>(to, load<f32>(to) + load<f32>(from));
        to += 4;
        from += <u32>innerStep << 2;
      }
    }
  }
}
