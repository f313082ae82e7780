import type { Heap } from "../wasm/heap.ts";
import type { KernelRows } from "./kernel-cache.ts";
import { exchange } from "./kernel-samples.ts";
import { svmLoops, type SvmLoops } from "./svm-loops.ts";

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

/** The least curvature that a step reckons with. */
const leastCurvature = 1e-12;

/**
 * Sequential minimal optimisation (Platt 1998): two variables a step, the pair chosen by second-order information (Fan, Chen and
 * Lin 2005), with shrinking (Joachims 1998).
 *
 * It keeps g = -y∇, so that neither choosing nor updating looks at signs: a step by δ along the pair (i, j) moves yα by δ and
 * -δ, and changes g by δ times the difference of two rows of the kernel. Where yα may not rise or fall, an infinity that is added
 * to g keeps the variable from being chosen.
 */
export class Smo {
  /** How many arrays it takes of a heap. */
  static readonly arrays: number = 4;
  /** α, in the order of the problem once {@link run} is through. */
  readonly alpha: Float64Array;
  /** Steps taken. */
  iterations = 0;
  /** The constant that is taken from the decision function, once {@link run} is through. */
  rho = 0;
  readonly #kernel: KernelRows;
  readonly #loops: SvmLoops;
  readonly #options: SmoOptions;
  readonly #signs: Float64Array;
  readonly #linear: Float64Array;
  readonly #bounds: Float64Array;
  readonly #order: Int32Array;
  readonly #g: Float64Array;
  /** 0 where yα may rise, else -Infinity. */
  readonly #rise: Float64Array;
  /** 0 where yα may fall, else Infinity. */
  readonly #fall: Float64Array;
  /** What {@link SvmLoops.extremesOf} writes. */
  readonly #extremes: Float64Array;
  #active: number;
  #untilShrink: number;
  #hasUnshrunk = false;
  /** The variable that most wants to move up, how much, and how little the least of those that may move down does. */
  #first = -1;
  #most = 0;
  #lowest = 0;

  /** How many bytes it takes of a heap. */
  static bytes(count: number): number {
    return 8 * (3 * count + 2);
  }

  /**
   * @param kernel - the kernel of the variables, in their order
   * @param problem - copied
   * @param options - tolerance, shrinking, steps
   * @param heap - the kernel's, where what goes with the rows lies too
   */
  constructor(kernel: KernelRows, problem: DualProblem, options: SmoOptions, heap: Heap) {
    const count = problem.signs.length;
    this.#kernel = kernel;
    this.#loops = svmLoops(heap);
    this.#options = options;
    this.#signs = Float64Array.from(problem.signs);
    this.#linear = Float64Array.from(problem.linear);
    this.#bounds = Float64Array.from(problem.bounds);
    this.alpha = Float64Array.from(problem.start);
    this.#order = Int32Array.from({ length: count }, (_, i) => i);
    this.#g = heap.float64(count);
    this.#rise = heap.float64(count);
    this.#fall = heap.float64(count);
    this.#extremes = heap.float64(2);
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
    this.#rise[t] = canRise ? 0 : -Infinity;
    this.#fall[t] = canFall ? 0 : Infinity;
  }

  /** Finds the variable that most wants to move up, and the least g among those that may move down. */
  #scan(): void {
    const extremes = this.#extremes;
    this.#first = this.#loops.extremesOf(this.#g, this.#rise, this.#fall, this.#active, extremes);
    this.#most = extremes[0]!;
    this.#lowest = extremes[1]!;
  }

  /** The partner with which a step lowers the objective most, to second order: by difference² over curvature. */
  #second(): number {
    const { diagonal } = this.#kernel;
    const row = this.#kernel.row(this.#first, this.#active);
    return this.#loops.bestPartner(
      this.#g,
      this.#fall,
      diagonal,
      row,
      diagonal[this.#first]!,
      this.#most,
      leastCurvature,
      this.#active,
    );
  }

  #step(i: number, j: number): void {
    const { alpha } = this;
    const signs = this.#signs;
    const bounds = this.#bounds;
    const rowI = this.#kernel.row(i, this.#active);
    const rowJ = this.#kernel.row(j, this.#active);
    const { diagonal } = this.#kernel;
    const curvature = Math.max(leastCurvature, diagonal[i]! + diagonal[j]! - 2 * rowI[j]!);
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
    this.#loops.subtractDifference(this.#g, rowI, rowJ, delta, this.#active);
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
      (this.#fall[t] !== 0 && this.#g[t]! < lowest) || (this.#rise[t] !== 0 && this.#g[t]! > most);
    const pairs: number[] = [];
    for (let t = 0; t < this.#active; t++) {
      if (!isSettled(t)) continue;
      this.#active--;
      while (this.#active > t && isSettled(this.#active)) this.#active--;
      if (this.#active > t) {
        this.#swap(t, this.#active);
        pairs.push(t, this.#active);
      }
    }
    this.#kernel.swap(pairs);
    this.#scan();
  }

  #swap(i: number, j: number): void {
    exchange(this.#signs, i, j);
    exchange(this.#linear, i, j);
    exchange(this.#bounds, i, j);
    exchange(this.alpha, i, j);
    exchange(this.#g, i, j);
    exchange(this.#rise, i, j);
    exchange(this.#fall, i, j);
    exchange(this.#order, i, j);
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
      const row = this.#kernel.row(j, count);
      this.#loops.subtractRow(g, row, weight, from, count);
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
      const canRise = this.#rise[t] === 0;
      const canFall = this.#fall[t] === 0;
      if (canRise && canFall) {
        sum -= g[t]!;
        free++;
      } else if (canRise) high = Math.min(high, -g[t]!);
      else if (canFall) low = Math.max(low, -g[t]!);
    }
    return free > 0 ? sum / free : (high + low) / 2;
  }
}
