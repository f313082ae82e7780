import type { KernelTable } from "./kernel.ts";

/** Discrete Fourier transforms along the last axis of complex numbers, in float64. */
export const fourier: KernelTable = {
  FFT: { onGuest: (elements, shape) => transformed(elements, shape.at(-1)!, false) },
  IFFT: { onGuest: (elements, shape) => transformed(elements, shape.at(-1)!, true) },
};

/** Transforms rows of `length` numbers, whose real and imaginary parts lie in turns. */
function transformed(elements: Float32Array, length: number, isInverse: boolean): Float32Array {
  const result = new Float32Array(elements.length);
  if (elements.length === 0) return result;
  const transform = transformOf(length);
  const [real, imaginary] = [new Float64Array(length), new Float64Array(length)];
  const scale = isInverse ? 1 / length : 1;
  for (let start = 0; start < elements.length; start += 2 * length) {
    for (let i = 0; i < length; i++) {
      real[i] = elements[start + 2 * i]!;
      imaginary[i] = elements[start + 2 * i + 1]!;
    }
    // The inverse is the same with the parts exchanged.
    if (isInverse) transform(imaginary, real);
    else transform(real, imaginary);
    for (let i = 0; i < length; i++) {
      result[start + 2 * i] = real[i]! * scale;
      result[start + 2 * i + 1] = imaginary[i]! * scale;
    }
  }
  return result;
}

/** Transforms a row in its place. */
type Transform = (real: Float64Array, imaginary: Float64Array) => void;

/** The transforms of lengths that were asked for last. */
const known = new Map<number, Transform>();
const mostKnown = 16;

function transformOf(length: number): Transform {
  let transform = known.get(length);
  if (transform === undefined) {
    if (known.size === mostKnown) known.clear();
    transform = Number.isInteger(Math.log2(length)) ? powerOfTwo(length) : chirp(length);
    known.set(length, transform);
  }
  return transform;
}

/** Cooley and Tukey 1965, with two as the only radix. */
function powerOfTwo(length: number): Transform {
  const bits = Math.log2(length);
  const reversed = new Uint32Array(length);
  for (let i = 1; i < length; i++) {
    reversed[i] = (reversed[i >> 1]! >> 1) | ((i & 1) << (bits - 1));
  }
  const half = length >> 1;
  const cos = Float64Array.from({ length: half }, (_, i) => Math.cos((2 * Math.PI * i) / length));
  const sin = Float64Array.from({ length: half }, (_, i) => -Math.sin((2 * Math.PI * i) / length));
  return (real, imaginary) => {
    for (let i = 0; i < length; i++) {
      const j = reversed[i]!;
      if (j <= i) continue;
      const [x, y] = [real[i]!, imaginary[i]!];
      real[i] = real[j]!;
      imaginary[i] = imaginary[j]!;
      real[j] = x;
      imaginary[j] = y;
    }
    for (let size = 1; size < length; size *= 2) {
      const step = half / size;
      for (let start = 0; start < length; start += 2 * size) {
        for (let k = 0; k < size; k++) {
          const [i, j] = [start + k, start + k + size];
          const [c, s] = [cos[k * step]!, sin[k * step]!];
          const x = real[j]! * c - imaginary[j]! * s;
          const y = real[j]! * s + imaginary[j]! * c;
          real[j] = real[i]! - x;
          imaginary[j] = imaginary[i]! - y;
          real[i] = real[i]! + x;
          imaginary[i] = imaginary[i]! + y;
        }
      }
    }
  };
}

/** Bluestein 1970: a transform of any length as a convolution with a chirp, of a length that is a power of two. */
function chirp(length: number): Transform {
  const size = 2 ** Math.ceil(Math.log2(2 * length - 1));
  const transform = powerOfTwo(size);
  const [cos, sin] = [new Float64Array(length), new Float64Array(length)];
  const [filterReal, filterImaginary] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < length; i++) {
    // Squares are reduced while they are whole: angles would lose their digits.
    const angle = (Math.PI * ((i * i) % (2 * length))) / length;
    cos[i] = Math.cos(angle);
    sin[i] = Math.sin(angle);
    for (const at of [i, (size - i) % size]) {
      filterReal[at] = cos[i]!;
      filterImaginary[at] = sin[i]!;
    }
  }
  transform(filterReal, filterImaginary);
  const [a, b] = [new Float64Array(size), new Float64Array(size)];
  return (real, imaginary) => {
    a.fill(0);
    b.fill(0);
    for (let i = 0; i < length; i++) {
      a[i] = real[i]! * cos[i]! + imaginary[i]! * sin[i]!;
      b[i] = imaginary[i]! * cos[i]! - real[i]! * sin[i]!;
    }
    transform(a, b);
    for (let i = 0; i < size; i++) {
      const x = a[i]! * filterReal[i]! - b[i]! * filterImaginary[i]!;
      b[i] = a[i]! * filterImaginary[i]! + b[i]! * filterReal[i]!;
      a[i] = x;
    }
    // Backwards, with the parts exchanged.
    transform(b, a);
    for (let i = 0; i < length; i++) {
      const [x, y] = [a[i]! / size, b[i]! / size];
      real[i] = x * cos[i]! + y * sin[i]!;
      imaginary[i] = y * cos[i]! - x * sin[i]!;
    }
  };
}
