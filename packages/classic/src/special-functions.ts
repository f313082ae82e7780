// Functions of statistics, to about 14 digits; sources: Abramowitz and Stegun, Handbook of Mathematical Functions, 6 and 26;
// continued fractions evaluated by Lentz's method (Thompson and Barnett 1986).

// Lanczos' approximation with g = 7 and 9 terms (Godfrey 2001).
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** Returns the logarithm of the gamma function of a positive number. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const t = z + 7.5;
  const sum = lanczos.reduce((part, c, i) => (i === 0 ? c : part + c / (z + i)), 0);
  return Math.log(Math.sqrt(2 * Math.PI)) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Returns the derivative of {@link logGamma}: by recurrence up to 10, then by the asymptotic series. */
export function digamma(x: number): number {
  if (x < 10) return digamma(x + 1) - 1 / x;
  const square = 1 / (x * x);
  const series =
    square *
    (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (1 / 132)))));
  return Math.log(x) - 1 / (2 * x) - series;
}

const tiny = 1e-300;

/** Evaluates a continued fraction 1 / (1 + a₁ / (1 + a₂ / (1 + ...))), or with other denominators b. */
function fraction(a: (n: number) => number, b: (n: number) => number): number {
  let value = b(0) || tiny;
  let [c, d] = [value, 0];
  for (let n = 1; n < 10_000; n++) {
    d = b(n) + a(n) * d || tiny;
    c = b(n) + a(n) / c || tiny;
    d = 1 / d;
    const change = c * d;
    value *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return value;
}

/** Returns the regularized incomplete beta function I_x(a, b). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  const term = (n: number): number => {
    const m = n >> 1;
    return n % 2 === 1
      ? (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
      : (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
  };
  // The terms begin with that of n = 1, which is d₁ of the expansion 26.5.8.
  return (
    front /
    (a *
      fraction(
        (n) => term(n),
        () => 1,
      ))
  );
}

/** Returns the regularized upper incomplete gamma function Q(a, x). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-16; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  return (
    front /
    fraction(
      (n) => -n * (n - a),
      (n) => x + 2 * n + 1 - a,
    )
  );
}

/** Returns the chance that a number of the F distribution is larger than `f`. */
export function fSurvival(f: number, between: number, within: number): number {
  if (Number.isNaN(f)) return Number.NaN;
  return incompleteBeta(within / (within + between * f), within / 2, between / 2);
}

/** Returns the chance that a number of the chi-squared distribution is larger than `x`. */
export function chiSquaredSurvival(x: number, freedom: number): number {
  return Number.isNaN(x) ? Number.NaN : upperGamma(freedom / 2, x / 2);
}
