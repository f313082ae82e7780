import { toBools } from "./lanes";
import * as op from "./opcodes";
import { erf4, exp4, expm14, log1p4, log4, sigmoid4, sign4, tanh4 } from "./simd-math";

/** A step on float32. Index mapping: element i of each operand; lanes: f32x4, or sixteen bytes for comparisons. */
export function runFloat(code: i32, out: u32, a: u32, b: u32, n: u32): void {
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
    case op.erfF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, erf4(x));
      }
      return;
    }
    case op.log1pF32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, log1p4(x));
      }
      return;
    }
    case op.expm1F32: {
      for (let i: u32 = 0; i < bytes; i += 16) {
        const x = v128.load(a + i);
        v128.store(out + i, expm14(x));
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
    default:
      unreachable();
  }
}
