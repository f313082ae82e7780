// Rational approximations of Cody 1969, "Rational Chebyshev approximations for the error function", Mathematics of
// Computation 23: numerators and denominators, highest power first, with the leading 1 of each denominator written out.
const near = {
  numerator: [
    1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2,
    3.20937758913846947e3,
  ],
  denominator: [
    1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3,
  ],
};
const middle = {
  numerator: [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
    2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3,
    1.23033935479799725e3,
  ],
  denominator: [
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
  ],
};
const far = {
  numerator: [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
  ],
  denominator: [
    1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
  ],
};

/** Returns the error function of `x`, to two units in the last place of float64. */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (!(magnitude > 0.46875)) return x * quotient(near, x * x);
  if (magnitude > 6) return Math.sign(x);
  return Math.sign(x) * (0.5 - complement(magnitude) + 0.5);
}

/** 1 - erf(x), for x above 0.46875. */
function complement(x: number): number {
  if (x <= 4) return gaussian(x) * quotient(middle, x);
  const z = 1 / (x * x);
  return (gaussian(x) * (1 / Math.sqrt(Math.PI) - z * quotient(far, z))) / x;
}

/** exp(-x²). The rounding error of x² would be magnified by x²: the square of x's upper half is exact instead. */
function gaussian(x: number): number {
  const upper = Math.fround(x);
  return Math.exp(-upper * upper) * Math.exp((upper - x) * (upper + x));
}

function quotient({ numerator, denominator }: typeof near, x: number): number {
  let above = 0;
  let below = 0;
  for (let i = 0; i < numerator.length; i++) {
    above = above * x + numerator[i]!;
    below = below * x + denominator[i]!;
  }
  return above / below;
}
