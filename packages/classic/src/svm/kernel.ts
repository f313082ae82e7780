/** A similarity of two samples, by name. */
export type KernelName = "linear" | "poly" | "rbf" | "sigmoid";
/** A similarity of your own: symmetric and positive semidefinite, of two samples as typed arrays. */
export type KernelFunction = (a: Float64Array, b: Float64Array) => number;

/** A kernel with its parameters. */
export interface Kernel {
  readonly name: KernelName | KernelFunction;
  readonly gamma: number;
  readonly coef0: number;
  readonly degree: number;
}

/** Samples with what kernels need of them. */
export interface KernelSamples {
  /** `[rows, columns]` in row-major order. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** Each sample's squared length. */
  readonly squares: Float64Array;
}

/** Returns samples with their squared lengths. */
export function kernelSamples(data: Float64Array, rows: number, columns: number): KernelSamples {
  const squares = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let at = i * columns; at < (i + 1) * columns; at++) sum += data[at]! * data[at]!;
    squares[i] = sum;
  }
  return { data, rows, columns, squares };
}

/** Writes the kernel of sample `i` of `a` with the samples `from..to` of `b` to the same places of `out`. */
export function kernelRow(
  kernel: Kernel,
  a: KernelSamples,
  i: number,
  b: KernelSamples,
  from: number,
  to: number,
  out: Float32Array | Float64Array,
): void {
  const { name, gamma, coef0, degree } = kernel;
  const { columns } = a;
  if (typeof name === "function") {
    const own = a.data.subarray(i * columns, (i + 1) * columns);
    for (let j = from; j < to; j++) {
      out[j] = name(own, b.data.subarray(j * columns, (j + 1) * columns));
    }
    return;
  }
  const dots = bufferOf(to);
  dotProducts(a.data, i * columns, b.data, columns, from, to, dots);
  if (name === "rbf") {
    radialBasis(dots, a.squares[i]!, b.squares, gamma, from, to, out);
  } else if (name === "poly") {
    for (let j = from; j < to; j++) out[j] = (gamma * dots[j]! + coef0) ** degree;
  } else if (name === "sigmoid") {
    for (let j = from; j < to; j++) out[j] = Math.tanh(gamma * dots[j]! + coef0);
  } else {
    for (let j = from; j < to; j++) out[j] = dots[j]!;
  }
}

let buffer = new Float64Array(0);

/** A buffer of at least `size`, used by one call at a time. */
function bufferOf(size: number): Float64Array {
  if (buffer.length < size) buffer = new Float64Array(size);
  return buffer;
}

const powersOfHalf = Float64Array.from({ length: 1075 }, (_, k) => 2 ** -k);

/**
 * The exponentials of -gamma |a - b|², by a power of two times a polynomial of degree 9, which errs by 1e-11 at most: in half
 * the time of Math.exp.
 */
function radialBasis(
  dots: Float64Array,
  square: number,
  squares: Float64Array,
  gamma: number,
  from: number,
  to: number,
  out: Float32Array | Float64Array,
): void {
  for (let j = from; j < to; j++) {
    // Rounding may make the distance of a sample to itself negative.
    const x = Math.max(0, gamma * (square + squares[j]! - 2 * dots[j]!));
    const k = Math.trunc(x * Math.LOG2E + 0.5);
    const r = k * Math.LN2 - x;
    const high = 1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (1 / 40320 + r / 362880)));
    const value = 1 + r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * high))));
    out[j] = k < 1075 ? powersOfHalf[k]! * value : 0;
  }
}

/** In a function of its own, so that it is compiled by itself; four sums, so that none waits for the last. */
function dotProducts(
  a: Float64Array,
  at: number,
  b: Float64Array,
  columns: number,
  from: number,
  to: number,
  out: Float64Array,
): void {
  const whole = columns - (columns % 4);
  for (let j = from, start = from * columns; j < to; j++, start += columns) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let c = 0;
    for (; c < whole; c += 4) {
      s0 += a[at + c]! * b[start + c]!;
      s1 += a[at + c + 1]! * b[start + c + 1]!;
      s2 += a[at + c + 2]! * b[start + c + 2]!;
      s3 += a[at + c + 3]! * b[start + c + 3]!;
    }
    for (; c < columns; c++) s0 += a[at + c]! * b[start + c]!;
    out[j] = s0 + s1 + (s2 + s3);
  }
}
