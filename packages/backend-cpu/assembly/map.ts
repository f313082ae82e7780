// Runs an elementwise program block by block. Memory may be read, never written, up to 60 bytes past an operand.
import * as op from "./opcodes";
import { exp4, log4, sigmoid4, sign4, tanh4 } from "./simd-math";

/** Elements a block; registers hold this many. */
export const blockSize: u32 = 1024;

/**
 * Runs `count` steps at `steps` for elements [begin, begin + n). Index mapping: element e of an operand lies at its
 * address plus e times its bytes an element, which is 0 for a register (there element e - begin is meant). `n` is a
 * multiple of 16: four f32x4 or one i8x16 a round.
 */
export function runSteps(steps: usize, count: u32, begin: u32, n: u32): void {
  for (let s: u32 = 0; s < count; s++) {
    const step = steps + <usize>s * (op.stepWords * 4);
    const out = load<u32>(step, 4) + begin * load<u32>(step, 8);
    const a = load<u32>(step, 12) + begin * load<u32>(step, 16);
    const b = load<u32>(step, 20) + begin * load<u32>(step, 24);
    const c = load<u32>(step, 28) + begin * load<u32>(step, 32);
    runStep(load<i32>(step), out, a, b, c, begin, n);
  }
}

function runStep(code: i32, out: u32, a: u32, b: u32, c: u32, begin: u32, n: u32): void {
  const bytes = n << 2;
  switch (code) {
    case op.negF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.neg(x));
      }
      return;
    }
    case op.absF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.abs(x));
      }
      return;
    }
    case op.sqrtF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.sqrt(x));
      }
      return;
    }
    case op.floorF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.floor(x));
      }
      return;
    }
    case op.ceilF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.ceil(x));
      }
      return;
    }
    case op.truncF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.trunc(x));
      }
      return;
    }
    case op.roundF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.nearest(x));
      }
      return;
    }
    case op.expF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, exp4(x));
      }
      return;
    }
    case op.logF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, log4(x));
      }
      return;
    }
    case op.tanhF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, tanh4(x));
      }
      return;
    }
    case op.sigmoidF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, sigmoid4(x));
      }
      return;
    }
    case op.signF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, sign4(x));
      }
      return;
    }
    case op.negI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, i32x4.neg(x));
      }
      return;
    }
    case op.notI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, v128.not(x));
      }
      return;
    }
    case op.i32ToF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.convert_i32x4_s(x));
      }
      return;
    }
    case op.u32ToF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, f32x4.convert_i32x4_u(x));
      }
      return;
    }
    case op.f32ToI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, i32x4.trunc_sat_f32x4_s(x));
      }
      return;
    }
    case op.f32ToU32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, i32x4.trunc_sat_f32x4_u(x));
      }
      return;
    }
    case op.copy32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, x);
      }
      return;
    }
    case op.addF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, f32x4.add(x, y));
      }
      return;
    }
    case op.subF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, f32x4.sub(x, y));
      }
      return;
    }
    case op.mulF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, f32x4.mul(x, y));
      }
      return;
    }
    case op.divF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, f32x4.div(x, y));
      }
      return;
    }
    case op.minimumF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, f32x4.min(x, y));
      }
      return;
    }
    case op.maximumF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, f32x4.max(x, y));
      }
      return;
    }
    case op.addI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, i32x4.add(x, y));
      }
      return;
    }
    case op.subI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, i32x4.sub(x, y));
      }
      return;
    }
    case op.mulI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, i32x4.mul(x, y));
      }
      return;
    }
    case op.andI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, v128.and(x, y));
      }
      return;
    }
    case op.orI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, v128.or(x, y));
      }
      return;
    }
    case op.xorI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, v128.xor(x, y));
      }
      return;
    }
    case op.minimumI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, i32x4.min_s(x, y));
      }
      return;
    }
    case op.maximumI32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, i32x4.max_s(x, y));
      }
      return;
    }
    case op.shiftLeftI32: {
      for (let i: u32 = 0; i < bytes; i += 4) store<i32>(out + i, load<i32>(a + i) << load<i32>(b + i));
      return;
    }
    case op.shiftRightI32: {
      for (let i: u32 = 0; i < bytes; i += 4) store<i32>(out + i, load<i32>(a + i) >> load<i32>(b + i));
      return;
    }
    case op.shiftRightU32: {
      for (let i: u32 = 0; i < bytes; i += 4) store<u32>(out + i, load<u32>(a + i) >> load<u32>(b + i));
      return;
    }
    case op.index: {
      let x = i32x4.add(i32x4.splat(begin), i32x4(0, 1, 2, 3));
      for (let i: u32 = 0; i < bytes; i += 16) {
        v128.store(out + i, x);
        x = i32x4.add(x, i32x4.splat(4));
      }
      return;
    }
    case op.equalF32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            f32x4.eq(v128.load(x), v128.load(y)),
            f32x4.eq(v128.load(x, 16), v128.load(y, 16)),
            f32x4.eq(v128.load(x, 32), v128.load(y, 32)),
            f32x4.eq(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.lessF32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            f32x4.lt(v128.load(x), v128.load(y)),
            f32x4.lt(v128.load(x, 16), v128.load(y, 16)),
            f32x4.lt(v128.load(x, 32), v128.load(y, 32)),
            f32x4.lt(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.lessEqualF32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            f32x4.le(v128.load(x), v128.load(y)),
            f32x4.le(v128.load(x, 16), v128.load(y, 16)),
            f32x4.le(v128.load(x, 32), v128.load(y, 32)),
            f32x4.le(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.equalI32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            i32x4.eq(v128.load(x), v128.load(y)),
            i32x4.eq(v128.load(x, 16), v128.load(y, 16)),
            i32x4.eq(v128.load(x, 32), v128.load(y, 32)),
            i32x4.eq(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.lessI32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            i32x4.lt_s(v128.load(x), v128.load(y)),
            i32x4.lt_s(v128.load(x, 16), v128.load(y, 16)),
            i32x4.lt_s(v128.load(x, 32), v128.load(y, 32)),
            i32x4.lt_s(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.lessEqualI32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            i32x4.le_s(v128.load(x), v128.load(y)),
            i32x4.le_s(v128.load(x, 16), v128.load(y, 16)),
            i32x4.le_s(v128.load(x, 32), v128.load(y, 32)),
            i32x4.le_s(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.lessU32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            i32x4.lt_u(v128.load(x), v128.load(y)),
            i32x4.lt_u(v128.load(x, 16), v128.load(y, 16)),
            i32x4.lt_u(v128.load(x, 32), v128.load(y, 32)),
            i32x4.lt_u(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.lessEqualU32: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        const y = b + (i << 2);
        v128.store(
          out + i,
          toBools(
            i32x4.le_u(v128.load(x), v128.load(y)),
            i32x4.le_u(v128.load(x, 16), v128.load(y, 16)),
            i32x4.le_u(v128.load(x, 32), v128.load(y, 32)),
            i32x4.le_u(v128.load(x, 48), v128.load(y, 48)),
          ),
        );
      }
      return;
    }
    case op.f32ToBool: {
      const zero = f32x4.splat(0);
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        v128.store(
          out + i,
          toBools(
            f32x4.ne(v128.load(x), zero),
            f32x4.ne(v128.load(x, 16), zero),
            f32x4.ne(v128.load(x, 32), zero),
            f32x4.ne(v128.load(x, 48), zero),
          ),
        );
      }
      return;
    }
    case op.i32ToBool: {
      const zero = i32x4.splat(0);
      for (let i: u32 = 0; i < n; i += 16) {
        const x = a + (i << 2);
        v128.store(
          out + i,
          toBools(
            i32x4.ne(v128.load(x), zero),
            i32x4.ne(v128.load(x, 16), zero),
            i32x4.ne(v128.load(x, 32), zero),
            i32x4.ne(v128.load(x, 48), zero),
          ),
        );
      }
      return;
    }
    case op.andBool: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, v128.and(x, y));
      }
      return;
    }
    case op.orBool: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, v128.or(x, y));
      }
      return;
    }
    case op.xorBool: {
      for (let i: u32 = 0; i < n; i += 16) {
        const x = v128.load(a + i);
        const y = v128.load(b + i);
        v128.store(out + i, v128.xor(x, y));
      }
      return;
    }
    case op.notBool: {
      for (let i: u32 = 0; i < n; i += 16) {
        const isZero = i8x16.eq(v128.load(a + i), i8x16.splat(0));
        v128.store(out + i, v128.and(isZero, i8x16.splat(1)));
      }
      return;
    }
    case op.copy8: {
      for (let i: u32 = 0; i < n; i += 16) v128.store(out + i, v128.load(a + i));
      return;
    }
    case op.boolToI32: {
      for (let i: u32 = 0; i < n; i += 4) v128.store(out + (i << 2), fourBytes(a + i));
      return;
    }
    case op.boolToF32: {
      for (let i: u32 = 0; i < n; i += 4) {
        v128.store(out + (i << 2), f32x4.convert_i32x4_s(fourBytes(a + i)));
      }
      return;
    }
    case op.where32: {
      for (let i: u32 = 0; i < n; i += 4) {
        const mask = i32x4.ne(fourBytes(a + i), i32x4.splat(0));
        const at = i << 2;
        v128.store(out + at, v128.bitselect(v128.load(b + at), v128.load(c + at), mask));
      }
      return;
    }
    case op.where8: {
      for (let i: u32 = 0; i < n; i += 16) {
        const mask = i8x16.ne(v128.load(a + i), i8x16.splat(0));
        v128.store(out + i, v128.bitselect(v128.load(b + i), v128.load(c + i), mask));
      }
      return;
    }
    case op.gather32:
      gather(out, a, b, begin, n, 2);
      return;
    case op.gather8:
      gather(out, a, b, begin, n, 0);
      return;
    default:
      unreachable();
  }
}

/** Turns four masks of four lanes into sixteen bytes of 0 or 1. */
// @ts-ignore: decorator
@inline
function toBools(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(a, b);
  const high = i16x8.narrow_i32x4_s(c, d);
  return v128.and(i8x16.narrow_i16x8_s(low, high), i8x16.splat(1));
}

/** Four bytes as four lanes. */
// @ts-ignore: decorator
@inline
function fourBytes(at: u32): v128 {
  const bytes = v128.load32_zero(at);
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
}

/**
 * Fills a register with elements [begin, begin + n) of a strided view, run by run along its innermost loop. `view` holds
 * the number of loops, the number of elements, then sizes, then strides. Elements past the last repeat nothing: they are
 * left as they were.
 */
function gather(out: u32, base: u32, view: u32, begin: u32, n: u32, shift: u32): void {
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
