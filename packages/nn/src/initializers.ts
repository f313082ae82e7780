import {
  ArgumentError,
  concat,
  eye,
  ones,
  pad,
  random,
  tidy,
  type Shape,
  type Tensor,
} from "@tensorloom/tensor";

/** What initialisers take: a `seed` for the call alone, and more by kind. */
export interface InitializerOptions {
  /** A seed for this call alone; the global generator by default. */
  readonly seed?: number;
  /** Scales the result; 1 by default. */
  readonly gain?: number;
}

/**
 * Returns how many inputs each output sums, and how many outputs each input feeds.
 *
 * @param shape - `[out, in]` for two axes, as linear layers have it; `[...window, in, out]` for more, as convolutions do
 */
function fansOf(shape: Shape): [fanIn: number, fanOut: number] {
  if (shape.length === 2) return [shape[1]!, shape[0]!];
  if (shape.length < 2) {
    throw new ArgumentError(
      `initializers: shape: expected two axes or more, got [${shape.join(", ")}]; try random.uniform`,
    );
  }
  const window = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  return [window * shape.at(-2)!, window * shape.at(-1)!];
}

/** Evenly spread with a standard deviation. */
function uniform(shape: Shape, std: number, { gain = 1, ...seed }: InitializerOptions): Tensor {
  const bound = gain * std * Math.sqrt(3);
  return random.uniform(shape, { low: -bound, high: bound, ...seed });
}

function normal(shape: Shape, std: number, { gain = 1, ...seed }: InitializerOptions): Tensor {
  return random.normal(shape, { std: gain * std, ...seed });
}

/** 2 / (fanIn + fanOut), as a standard deviation. */
function xavierStd(shape: Shape): number {
  const [fanIn, fanOut] = fansOf(shape);
  return Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * Returns weights spread evenly with variance `2 / (fanIn + fanOut)`: for layers followed by tanh or nothing.
 *
 * @param shape - `[out, in]`, or `[...window, in, out]`
 * @param options - gain, seed
 *
 * Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks".
 *
 * @example
 * initializers.xavierUniform([4, 2], { seed: 1 }).abs().max().lessEqual(1).array(); // => true
 */
export function xavierUniform(shape: Shape, options: InitializerOptions = {}): Tensor {
  return uniform(shape, xavierStd(shape), options);
}

/**
 * As {@link xavierUniform}, normally distributed.
 *
 * @param shape - `[out, in]`, or `[...window, in, out]`
 * @param options - gain, seed
 *
 * @example
 * initializers.xavierNormal([4, 2]).shape; // => [4,2]
 */
export function xavierNormal(shape: Shape, options: InitializerOptions = {}): Tensor {
  return normal(shape, xavierStd(shape), options);
}

/** What He's initialisers take. */
export interface HeOptions extends InitializerOptions {
  /** Whether variance is kept on the way forward (`"in"`, the default) or of gradients on the way back (`"out"`). */
  readonly fan?: "in" | "out";
}

function heStd(shape: Shape, fan: "in" | "out" = "in"): number {
  return Math.sqrt(2 / fansOf(shape)[fan === "in" ? 0 : 1]);
}

/**
 * Returns weights spread evenly with variance `2 / fan`: for layers followed by ReLU.
 *
 * @param shape - `[out, in]`, or `[...window, in, out]`
 * @param options - fan, gain, seed
 *
 * Source: He et al. 2015, "Delving deep into rectifiers".
 *
 * @example
 * initializers.heUniform([3, 3, 8, 16]).shape; // => [3,3,8,16]
 */
export function heUniform(shape: Shape, { fan, ...options }: HeOptions = {}): Tensor {
  return uniform(shape, heStd(shape, fan), options);
}

/**
 * As {@link heUniform}, normally distributed.
 *
 * @param shape - `[out, in]`, or `[...window, in, out]`
 * @param options - fan, gain, seed
 *
 * @example
 * const layer = new Linear(100, 50);
 * layer.weight.assign(initializers.heNormal(layer.weight.shape));
 * layer.weight.value.shape; // => [50,100]
 */
export function heNormal(shape: Shape, { fan, ...options }: HeOptions = {}): Tensor {
  return normal(shape, heStd(shape, fan), options);
}

/**
 * Returns weights spread evenly with variance `1 / fanIn`: for layers followed by SELU.
 *
 * @param shape - `[out, in]`, or `[...window, in, out]`
 * @param options - gain, seed
 *
 * Source: LeCun et al. 1998, "Efficient backprop".
 *
 * @example
 * initializers.lecunUniform([4, 2]).shape; // => [4,2]
 */
export function lecunUniform(shape: Shape, options: InitializerOptions = {}): Tensor {
  return uniform(shape, 1 / Math.sqrt(fansOf(shape)[0]), options);
}

/**
 * As {@link lecunUniform}, normally distributed.
 *
 * @param shape - `[out, in]`, or `[...window, in, out]`
 * @param options - gain, seed
 *
 * @example
 * initializers.lecunNormal([4, 2]).shape; // => [4,2]
 */
export function lecunNormal(shape: Shape, options: InitializerOptions = {}): Tensor {
  return normal(shape, 1 / Math.sqrt(fansOf(shape)[0]), options);
}

/**
 * Returns normally distributed weights without those beyond two standard deviations.
 *
 * @param shape - any
 * @param options - `std`: 0.02 by default; seed
 *
 * @example
 * initializers.truncatedNormal([100], { seed: 1 }).abs().max().lessEqual(0.04).array(); // => true
 */
export function truncatedNormal(
  shape: Shape,
  options: { readonly std?: number; readonly seed?: number } = {},
): Tensor {
  return random.truncatedNormal(shape, { std: 0.02, ...options });
}

/**
 * Returns weights whose rows (or columns, if there are fewer) are orthogonal and of length `gain`: every direction is as
 * likely as every other.
 *
 * @param shape - of two axes or more; all but the last are one for this
 * @param options - gain, seed
 *
 * Source: Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks"; made of
 * random reflections after Stewart 1980, so that it works on every backend.
 *
 * @example
 * const q = initializers.orthogonal([3, 3]);
 * q.matmul(q.transpose()).sub(eye(3)).abs().max().less(1e-5).array(); // => true
 */
export function orthogonal(shape: Shape, options: InitializerOptions = {}): Tensor {
  fansOf(shape);
  const { gain = 1, seed } = options;
  const columns = shape.at(-1)!;
  const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
  return tidy(() => {
    let q = eye(long, short);
    for (let k = short - 1; k >= 0; k--) {
      const drawn = random.normal([long - k], seed === undefined ? {} : { seed: seed + k });
      const sign = drawn.slice([0], [1]).sign();
      // The reflection, and a turn of all, that take the first axis of what is left to the direction drawn.
      const v = pad(drawn.add(pad(drawn.norm().mul(sign), [[0, long - k - 1]])), [[k, 0]]);
      const along = v.matmul(q);
      const reflected = q.sub(v.expandDims(1).mul(along).mul(2).div(v.square().sum()));
      const turns = concat([ones([k]), sign.neg().broadcastTo([long - k])]);
      q = reflected.mul(turns.expandDims(1));
    }
    return (rows >= columns ? q : q.transpose()).mul(gain).reshape(shape);
  });
}
