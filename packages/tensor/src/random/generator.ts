import { ArgumentError } from "../errors.ts";

let globalSeed = 0;
let calls = 0;

/**
 * Restarts the global generator: the calls that follow give the same numbers on every run and every backend.
 *
 * @param value - a whole number in [0, 2^32)
 *
 * @example
 * random.seed(7);
 * const a = random.uniform([3]).toString();
 * random.seed(7);
 * a === random.uniform([3]).toString(); // => true
 */
export function seed(value: number): void {
  globalSeed = checkSeed("seed", value);
  calls = 0;
}

/** Returns the two key words of the next random call: the global seed and the call's number, or a seed of its own. */
export function nextKey(operation: string, ownSeed: number | undefined): readonly [number, number] {
  if (ownSeed !== undefined) return [checkSeed(operation, ownSeed), 0xffffffff];
  const key = [globalSeed, calls] as const;
  calls = (calls + 1) >>> 0;
  return key;
}

/** Where the global generator stands: its seed, and how many calls it has served. */
export type GeneratorState = readonly [seed: number, calls: number];

/**
 * Returns where the global generator stands, to go on from there later with {@link setState}.
 *
 * @example
 * const state = random.getState();
 * const a = random.uniform([3]).toString();
 * random.setState(state);
 * a === random.uniform([3]).toString(); // => true
 */
export function getState(): GeneratorState {
  return [globalSeed, calls];
}

/**
 * Puts the global generator where it stood when {@link getState} was called.
 *
 * @param state - what it returned
 * @throws ArgumentError unless both numbers are whole and in [0, 2^32)
 */
export function setState(state: GeneratorState): void {
  const [seedThen, callsThen] = state.map((value) => checkSeed("setState", value));
  [globalSeed, calls] = [seedThen!, callsThen!];
}

/** Runs `fn` as if the global generator stood at `state`, and puts it back afterwards. */
export function withGeneratorState<R>(state: GeneratorState, fn: () => R): R {
  const before = getState();
  [globalSeed, calls] = state;
  try {
    return fn();
  } finally {
    setState(before);
  }
}

function checkSeed(operation: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw new ArgumentError(`${operation}: seed: expected a whole number in [0, 2^32), got ${value}`);
}
