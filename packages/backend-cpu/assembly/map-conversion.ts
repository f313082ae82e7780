import { fourBytes, toBools } from "./lanes";
import * as op from "./opcodes";

/** A conversion. Index mapping: element i of each operand; lanes: four, or sixteen bytes where bools are made. */
export function runConversion(code: i32, out: u32, a: u32, n: u32): void {
  const bytes = n << 2;
  switch (code) {
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
    default:
      unreachable();
  }
}
