// Numbers of 16 bits (IEEE 754 binary16): the backends' memory holds their bits, JavaScript's arrays their values.

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** Returns the bits of the nearest float16; ties go to the even one, what is beyond 65,504 to infinity. */
export function halfBits(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const magnitude = Math.abs(x);
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  if (magnitude >= 65_520) return sign | 0x7c00;
  float[0] = magnitude;
  // Below the smallest normal number all have the same exponent.
  const exponent = Math.max((word[0]! >>> 23) - 127, -14);
  const steps = magnitude * 2 ** (10 - exponent);
  // Adding and taking away 2^52 rounds to a whole number, in doubles.
  const rounded = steps + 2 ** 52 - 2 ** 52;
  return sign | (((exponent + 14) << 10) + rounded);
}

/** Returns the number that bits stand for. */
export function halfValue(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Returns the bits of numbers. */
export function toHalfBits(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halfBits(values[i]!);
  return bits;
}

/** Returns the numbers that bits stand for. */
export function fromHalfBits(bits: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = halfValue(bits[i]!);
  return values;
}
