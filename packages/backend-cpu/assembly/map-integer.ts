import { toBools } from "./lanes";
import * as op from "./opcodes";

/** A step on int32 or uint32. Index mapping: element i of each operand; lanes: i32x4, or sixteen bytes for comparisons. */
export function runInteger(code: i32, out: u32, a: u32, b: u32, begin: u32, n: u32): void {
  const bytes = n << 2;
  switch (code) {
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
    default:
      unreachable();
  }
}
