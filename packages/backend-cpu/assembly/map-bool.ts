import * as op from "./opcodes";

/** A step on bools. Index mapping: element i is byte i; lanes: i8x16. */
export function runBool(code: i32, out: u32, a: u32, b: u32, n: u32): void {
  switch (code) {
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
    default:
      unreachable();
  }
}
