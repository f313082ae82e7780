/** What {@link leastSquares} gives. */
export interface LeastSquares {
  /** The coefficients: of all that fit best, those of the smallest length. */
  readonly solution: Float64Array;
  /** How many columns are linearly independent. */
  readonly rank: number;
}

/**
 * Solves a least-squares problem by a complete orthogonal factorization: Householder reflections with column pivoting,
 * and where columns depend on each other, reflections of the triangle's rows too.
 *
 * @param columns - the matrix by columns, each `rows` long; overwritten
 * @param target - `rows` long; overwritten
 *
 * Cost: O(rows columns²). Source: Golub and Van Loan, Matrix Computations, 5.4 and 5.5.
 */
export function leastSquares(columns: Float64Array[], target: Float64Array): LeastSquares {
  const [n, m] = [columns.length, target.length];
  const order = columns.map((_, c) => c);
  const steps = Math.min(m, n);
  const diagonal: number[] = [];
  for (let k = 0; k < steps; k++) {
    const longest = longestColumn(columns, k);
    [columns[k], columns[longest]] = [columns[longest]!, columns[k]!];
    [order[k], order[longest]] = [order[longest]!, order[k]!];
    const head = reflect(columns[k]!, k, [...columns.slice(k + 1), target]);
    if (Math.abs(head) <= 2 ** -52 * Math.max(m, n) * Math.abs(diagonal[0] ?? head) || head === 0) {
      break;
    }
    diagonal.push(head);
  }
  const rank = diagonal.length;
  const solved = solveTrapezoid(columns, diagonal, target, n);
  const solution = new Float64Array(n);
  order.forEach((column, k) => (solution[column] = solved[k]!));
  return { solution, rank };
}

function longestColumn(columns: readonly Float64Array[], from: number): number {
  let [longest, most] = [from, -1];
  for (let c = from; c < columns.length; c++) {
    const length = squareLength(columns[c]!, from);
    if (length > most) [longest, most] = [c, length];
  }
  return longest;
}

function squareLength(x: Float64Array, from: number): number {
  let sum = 0;
  for (let i = from; i < x.length; i++) sum += x[i]! * x[i]!;
  return sum;
}

/**
 * Makes a vector's elements after `at` vanish by a reflection, which is applied to `others` too; the vector becomes the
 * reflection's. Returns what stands at `at` then.
 */
function reflect(x: Float64Array, at: number, others: readonly Float64Array[]): number {
  const length = Math.sqrt(squareLength(x, at));
  if (length === 0) return 0;
  const head = x[at]! > 0 ? -length : length;
  x[at]! -= head;
  const scale = 2 / squareLength(x, at);
  for (const y of others) {
    let product = 0;
    for (let i = at; i < x.length; i++) product += x[i]! * y[i]!;
    for (let i = at; i < x.length; i++) y[i]! -= scale * product * x[i]!;
  }
  return head;
}

/** Solves the first `rank` rows of the pivoted triangle for the shortest solution. */
function solveTrapezoid(
  columns: readonly Float64Array[],
  diagonal: readonly number[],
  target: Float64Array,
  n: number,
): Float64Array {
  const rank = diagonal.length;
  const at = (row: number, c: number): number => (c === row ? diagonal[row]! : columns[c]![row]!);
  if (rank === n) return backSubstitute(at, target, rank);
  // The triangle's rows as columns of its transpose: A = T Q, and the shortest solution is Qᵀ T⁻¹ b.
  const rows = diagonal.map((_, row) =>
    Float64Array.from({ length: n }, (__, c) => (c < row ? 0 : at(row, c))),
  );
  const heads = rows.map((row, k) => reflect(row, k, rows.slice(k + 1)));
  const inner = new Float64Array(n);
  for (let row = 0; row < rank; row++) {
    let sum = target[row]!;
    for (let c = 0; c < row; c++) sum -= rows[row]![c]! * inner[c]!;
    inner[row] = sum / heads[row]!;
  }
  for (let k = rank - 1; k >= 0; k--) {
    const vector = rows[k]!.map((value, i) => (i < k ? 0 : value));
    reflectBy(vector, inner);
  }
  return inner;
}

function reflectBy(vector: Float64Array, y: Float64Array): void {
  const scale = 2 / squareLength(vector, 0);
  const product = vector.reduce((sum, value, i) => sum + value * y[i]!, 0);
  vector.forEach((value, i) => (y[i]! -= scale * product * value));
}

function backSubstitute(
  at: (row: number, c: number) => number,
  target: Float64Array,
  n: number,
): Float64Array {
  const solution = new Float64Array(n);
  for (let row = n - 1; row >= 0; row--) {
    let sum = target[row]!;
    for (let c = row + 1; c < n; c++) sum -= at(row, c) * solution[c]!;
    solution[row] = sum / at(row, row);
  }
  return solution;
}
