// What the map interpreter can do, by number. Read by AssemblyScript and by TypeScript: keep to plain constants.

// float32
export const negF32 = 1;
export const absF32 = 2;
export const sqrtF32 = 3;
export const floorF32 = 4;
export const ceilF32 = 5;
export const truncF32 = 6;
export const roundF32 = 7;
export const expF32 = 8;
export const logF32 = 9;
export const tanhF32 = 10;
export const sigmoidF32 = 11;
export const signF32 = 12;
export const addF32 = 13;
export const subF32 = 14;
export const mulF32 = 15;
export const divF32 = 16;
export const minimumF32 = 17;
export const maximumF32 = 18;
export const equalF32 = 19;
export const lessF32 = 20;
export const lessEqualF32 = 21;
export const erfF32 = 22;
export const log1pF32 = 23;
export const expm1F32 = 24;

export const firstInteger = 30;
// int32 and uint32; where signs matter there are two
export const negI32 = 30;
export const addI32 = 31;
export const subI32 = 32;
export const mulI32 = 33;
export const andI32 = 34;
export const orI32 = 35;
export const xorI32 = 36;
export const notI32 = 37;
export const shiftLeftI32 = 38;
export const shiftRightI32 = 39;
export const shiftRightU32 = 40;
export const minimumI32 = 41;
export const maximumI32 = 42;
export const equalI32 = 43;
export const lessI32 = 44;
export const lessEqualI32 = 45;
export const lessU32 = 46;
export const lessEqualU32 = 47;
export const index = 48;

export const firstBool = 60;
// bool, a byte an element
export const notBool = 60;
export const andBool = 61;
export const orBool = 62;
export const xorBool = 63;

export const firstConversion = 70;
// conversions
export const i32ToF32 = 70;
export const u32ToF32 = 71;
export const f32ToI32 = 72;
export const f32ToU32 = 73;
export const boolToF32 = 74;
export const boolToI32 = 75;
export const f32ToBool = 76;
export const i32ToBool = 77;
export const copy32 = 78;
export const copy8 = 79;

export const firstOther = 90;
// the rest
export const where32 = 90;
export const where8 = 91;
export const gather32 = 92;
export const gather8 = 93;

/** Words of a step: opcode, then address and bytes an element of output, a, b and c. */
export const stepWords = 9;
