import type { KernelCache } from "./kernel-cache.ts";

/**
 * Minimises half αᵀQα + pᵀα over 0 ≤ α ≤ C with yᵀα fixed, where Q is yyᵀ times the kernel: the dual of all support vector
 * machines here.
 */
export interface DualProblem {
  /** y: 1 or -1. */
  readonly signs: Float64Array;
  /** p. */
  readonly linear: Float64Array;
  /** C, one a variable. */
  readonly bounds: Float64Array;
  /** α to start from; its yᵀα is kept. */
  readonly start: Float64Array;
}

/** How precisely, and how. */
export interface SmoOptions {
  /** By how much the optimality conditions may be violated. */
  readonly tol: number;
  /** Whether variables that seem to have found their bound are left aside. */
  readonly shrinking: boolean;
  /** How many steps are taken at most. */
  readonly maxIter: number;
}

/** Where a variable may move: up or down in yα. */
const up = 1;
const down = 2;
const least = 1e-12;

/**
 * Sequential minimal optimisation (Platt 1998): two variables a step, the pair chosen by second-order information (Fan, Chen and
 * Lin 2005), with shrinking (Joachims 1998).
 *
 * It keeps g = -y∇, so that neither choosing nor updating looks at signs: a step by δ along the pair (i, j) moves yα by δ and
 * -δ, and changes g by δ times the difference of two rows of the kernel.
 */
export class Smo {
  /** α, in the order of the problem once {@link run} is through. */
  readonly alpha: Float64Array;
  /** Steps taken. */
  iterations = 0;
  /** The constant that is taken from the decision function, once {@link run} is through. */
  rho = 0;
  readonly #cache: KernelCache;
  readonly #options: SmoOptions;
  readonly #signs: Float64Array;
  readonly #linear: Float64Array;
  readonly #bounds: Float64Array;
  readonly #order: Int32Array;
  readonly #g: Float64Array;
  readonly #can: Uint8Array;
  #active: number;
  #untilShrink: number;
  #hasUnshrunk = false;
  /** The variable that most wants to move up, how much, and how little the least of those that may move down does. */
  #first = -1;
  #most = 0;
  #lowest = 0;

  /**
   * @param cache - the kernel of the variables' samples, in their order
   * @param problem - taken over
   * @param options - tolerance, shrinking, steps
   */
  constructor(cache: KernelCache, problem: DualProblem, options: SmoOptions) {
    const count = problem.signs.length;
    this.#cache = cache;
    this.#options = options;
    this.#signs = Float64Array.from(problem.signs);
    this.#linear = Float64Array.from(problem.linear);
    this.#bounds = Float64Array.from(problem.bounds);
    this.alpha = Float64Array.from(problem.start);
    this.#order = Int32Array.from({ length: count }, (_, i) => i);
    this.#g = new Float64Array(count);
    this.#can = new Uint8Array(count);
    this.#active = 0;
    this.#untilShrink = Math.min(count, 1000);
    for (let t = 0; t < count; t++) this.#setCan(t);
    this.#activateAll();
    this.#scan();
  }

  /** Takes up to `steps` steps; true when it is through. */
  run(steps: number): boolean {
    const { tol, shrinking, maxIter } = this.#options;
    for (let step = 0; step < steps; step++) {
      if (this.iterations >= maxIter) return this.#finish();
      if (--this.#untilShrink === 0) {
        this.#untilShrink = Math.min(this.alpha.length, 1000);
        if (shrinking) this.#shrink();
      }
      let second = this.#most - this.#lowest < tol ? -1 : this.#second();
      if (second < 0) {
        if (this.#active === this.alpha.length) return this.#finish();
        this.#activateAll();
        this.#scan();
        second = this.#most - this.#lowest < tol ? -1 : this.#second();
        if (second < 0) return this.#finish();
        this.#untilShrink = 1;
      }
      this.#step(this.#first, second);
      this.iterations++;
    }
    return false;
  }

  /** By how much the optimality conditions are violated. */
  get violation(): number {
    return this.#most - this.#lowest;
  }

  #setCan(t: number): void {
    const atZero = this.alpha[t]! <= 0;
    const atBound = this.alpha[t]! >= this.#bounds[t]!;
    const isPositive = this.#signs[t]! > 0;
    const canRise = isPositive ? !atBound : !atZero;
    const canFall = isPositive ? !atZero : !atBound;
    this.#can[t] = (canRise ? up : 0) + (canFall ? down : 0);
  }

  /** Finds the variable that most wants to move up, and the least g among those that may move down. */
  #scan(): void {
    const g = this.#g;
    const can = this.#can;
    let first = -1;
    let most = -Infinity;
    let lowest = Infinity;
    for (let t = 0; t < this.#active; t++) {
      const value = g[t]!;
      if (value > most && (can[t]! & up) !== 0) {
        most = value;
        first = t;
      }
      if (value < lowest && (can[t]! & down) !== 0) lowest = value;
    }
    this.#first = first;
    this.#most = most;
    this.#lowest = lowest;
  }

  /** The partner with which a step lowers the objective most, to second order: by difference² over curvature. */
  #second(): number {
    const row = this.#cache.row(this.#first, this.#active);
    const own = this.#cache.diagonal[this.#first]!;
    return bestPartner(
      this.#g,
      this.#can,
      this.#cache.diagonal,
      row,
      own,
      this.#most,
      this.#active,
    );
  }

  #step(i: number, j: number): void {
    const { alpha } = this;
    const signs = this.#signs;
    const bounds = this.#bounds;
    const rowI = this.#cache.row(i, this.#active);
    const rowJ = this.#cache.row(j, this.#active);
    const { diagonal } = this.#cache;
    const curvature = Math.max(least, diagonal[i]! + diagonal[j]! - 2 * rowI[j]!);
    const roomI = signs[i]! > 0 ? bounds[i]! - alpha[i]! : alpha[i]!;
    const roomJ = signs[j]! > 0 ? alpha[j]! : bounds[j]! - alpha[j]!;
    const wanted = (this.#g[i]! - this.#g[j]!) / curvature;
    const delta = Math.min(wanted, roomI, roomJ);
    // At a bound exactly, or rounding would leave it just inside.
    if (delta === roomI) alpha[i] = signs[i]! > 0 ? bounds[i]! : 0;
    else alpha[i]! += signs[i]! * delta;
    if (delta === roomJ) alpha[j] = signs[j]! > 0 ? 0 : bounds[j]!;
    else alpha[j]! -= signs[j]! * delta;
    this.#setCan(i);
    this.#setCan(j);
    subtract(this.#g, rowI, rowJ, delta, this.#active);
    this.#scan();
  }

  /** Leaves variables at a bound aside that the conditions hold there by far. */
  #shrink(): void {
    if (!this.#hasUnshrunk && this.violation <= 10 * this.#options.tol) {
      this.#hasUnshrunk = true;
      this.#activateAll();
      this.#scan();
    }
    const [most, lowest] = [this.#most, this.#lowest];
    const isSettled = (t: number): boolean =>
      (this.#can[t] === up && this.#g[t]! < lowest) ||
      (this.#can[t] === down && this.#g[t]! > most);
    for (let t = 0; t < this.#active; t++) {
      if (!isSettled(t)) continue;
      this.#active--;
      while (this.#active > t && isSettled(this.#active)) this.#active--;
      this.#swap(t, this.#active);
    }
    this.#scan();
  }

  #swap(i: number, j: number): void {
    if (i === j) return;
    for (const array of [this.#signs, this.#linear, this.#bounds, this.alpha, this.#g]) {
      const held = array[i]!;
      array[i] = array[j]!;
      array[j] = held;
    }
    [this.#can[i], this.#can[j]] = [this.#can[j]!, this.#can[i]!];
    [this.#order[i], this.#order[j]] = [this.#order[j]!, this.#order[i]!];
    this.#cache.swap(i, j);
  }

  /** Takes all variables in again, and computes g of those that were left aside. */
  #activateAll(): void {
    const g = this.#g;
    const count = g.length;
    const from = this.#active;
    if (from === count) return;
    this.#active = count;
    for (let t = from; t < count; t++) g[t] = -this.#signs[t]! * this.#linear[t]!;
    for (let j = 0; j < count; j++) {
      const weight = this.#signs[j]! * this.alpha[j]!;
      if (weight === 0) continue;
      const row = this.#cache.row(j, count);
      for (let t = from; t < count; t++) g[t]! -= weight * row[t]!;
    }
  }

  /** Puts α into the order of the problem. */
  #finish(): true {
    this.#activateAll();
    const sorted = new Float64Array(this.alpha.length);
    this.#order.forEach((original, t) => (sorted[original] = this.alpha[t]!));
    this.rho = this.#offset();
    this.alpha.set(sorted);
    return true;
  }

  /** The mean of -g over variables between their bounds; else the middle of what those at a bound allow. */
  #offset(): number {
    const g = this.#g;
    let sum = 0;
    let free = 0;
    let high = Infinity;
    let low = -Infinity;
    for (let t = 0; t < g.length; t++) {
      const can = this.#can[t]!;
      if (can === up + down) {
        sum -= g[t]!;
        free++;
      } else if (can === up) high = Math.min(high, -g[t]!);
      else if (can === down) low = Math.max(low, -g[t]!);
    }
    return free > 0 ? sum / free : (high + low) / 2;
  }
}

function bestPartner(
  g: Float64Array,
  can: Uint8Array,
  diagonal: Float64Array,
  row: Float32Array,
  own: number,
  most: number,
  active: number,
): number {
  let partner = -1;
  let bestSquare = 0;
  let bestCurvature = 1;
  for (let t = 0; t < active; t++) {
    const difference = most - g[t]!;
    if (difference <= 0 || (can[t]! & down) === 0) continue;
    let curvature = own + diagonal[t]! - 2 * row[t]!;
    if (curvature < least) curvature = least;
    const square = difference * difference;
    // Fractions compared without dividing.
    if (square * bestCurvature > bestSquare * curvature) {
      bestSquare = square;
      bestCurvature = curvature;
      partner = t;
    }
  }
  return partner;
}

function subtract(
  g: Float64Array,
  rowI: Float32Array,
  rowJ: Float32Array,
  delta: number,
  active: number,
): void {
  for (let t = 0; t < active; t++) g[t]! -= delta * (rowI[t]! - rowJ[t]!);
}
