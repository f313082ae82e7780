// Runs an elementwise program block by block. Memory may be read, never written, up to 60 bytes past an operand.
import { gather } from "./gather";
import { fourBytes } from "./lanes";
import { runBool } from "./map-bool";
import { runConversion } from "./map-conversion";
import { runFloat } from "./map-float";
import { runInteger } from "./map-integer";
import * as op from "./opcodes";

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

// Opcodes are grouped by the type that they compute on; see opcodes.ts.
function runStep(code: i32, out: u32, a: u32, b: u32, c: u32, begin: u32, n: u32): void {
  if (code < op.firstInteger) runFloat(code, out, a, b, n);
  else if (code < op.firstBool) runInteger(code, out, a, b, begin, n);
  else if (code < op.firstConversion) runBool(code, out, a, b, n);
  else if (code < op.firstOther) runConversion(code, out, a, n);
  else runOther(code, out, a, b, c, begin, n);
}

/** Choices and strided inputs. Index mapping: element i of each operand; lanes: four, or sixteen bytes. */
function runOther(code: i32, out: u32, a: u32, b: u32, c: u32, begin: u32, n: u32): void {
  switch (code) {
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
